import Scheduling

/// The reference: every core of every node in a list, each with the times at which it is taken; nothing is summed up
/// or remembered.
struct PlainPlanner {
  let nodes: Int
  let cores: Int
  let depth: Int
  /// Of each core: spans in which it is not free, ends exclusive.
  var taken: [[Range<Int>]]
  /// Of nodes: spans in which nothing may run.
  var closed: [[Range<Int>]]
  static let forever = 1_000_000_000

  init(nodes: Int, cores: Int, depth: Int) {
    self.nodes = nodes
    self.cores = cores
    self.depth = depth
    taken = Array(repeating: [], count: nodes * cores)
    closed = Array(repeating: [], count: nodes)
  }

  struct Request {
    let id: UInt64
    let ask: PlanningWorld.Ask
    var duration: Int { ask.seconds ?? PlainPlanner.forever }
  }

  struct Outcome: Equatable {
    /// Cores of each job that starts now.
    var starts: [UInt64: [Int]] = [:]
    /// Of jobs with a reservation.
    var estimates: [UInt64: Int] = [:]
  }

  private func isFree(_ core: Int, _ span: Range<Int>) -> Bool {
    !taken[core].contains { $0.overlaps(span) } && !closed[core / cores].contains { $0.overlaps(span) }
  }

  /// The first cores that do, in order.
  func place(_ ask: PlanningWorld.Ask, in span: Range<Int>) -> [Int]? {
    guard let wanted = ask.nodes else {
      let free = (0..<nodes * cores).filter { isFree($0, span) }
      return free.count < ask.cores ?? 1 ? nil : Array(free.prefix(ask.cores ?? 1))
    }
    let each = ask.cores ?? cores
    var found: [Int] = []
    for node in 0..<nodes where found.count < wanted * each {
      let free = (node * cores..<(node + 1) * cores).filter { isFree($0, span) }
      if free.count >= each { found += free.prefix(each) }
    }
    return found.count == wanted * each ? found : nil
  }

  mutating func take(_ found: [Int], _ span: Range<Int>) { for core in found { taken[core].append(span) } }

  /// What becomes of a queue, best first, when the policy makes `depth` reservations.
  mutating func plan(_ queue: [Request]) -> Outcome {
    var outcome = Outcome()
    var reserved = 0
    for request in queue {
      if let found = place(request.ask, in: 0..<request.duration) {
        take(found, 0..<request.duration)
        outcome.starts[request.id] = found
        continue
      }
      // What could not run on an idle machine waits on its own.
      guard PlainPlanner(nodes: nodes, cores: cores, depth: 0).place(request.ask, in: 0..<1) != nil else { continue }
      if depth == 0 { return outcome }
      guard reserved < depth else { continue }
      for start in moments {
        let span = start..<start + request.duration
        guard let found = place(request.ask, in: span) else { continue }
        take(found, span)
        outcome.estimates[request.id] = start
        reserved += 1
        break
      }
    }
    return outcome
  }

  /// All at which something ends.
  private var moments: [Int] { Set((taken + closed).joined().map(\.upperBound)).filter { $0 > 0 }.sorted() }
}

import Jobspec
import Persistent
import Testing
import Vocabulary

@testable import ResourceGraph

@Suite("Timetables")
struct TimetableTests {
  private static let now = Timestamp(microseconds: 0)

  private struct Booking {
    let grants: [Grant]
    let from: Int64
    let until: Int64
  }

  /// A timetable, and all that was put into it.
  private struct Book {
    let graph: ResourceGraph
    var table: Timetable
    let holds: [Timetable.Hold]
    var bookings: [Booking] = []

    /// Each sum of each vertex at each moment is that of a graph in which just that is held.
    func check(_ note: String) throws {
      let changes = table.ends + bookings.map(\.from) + [0]
      for moment in Set(changes.flatMap { [$0 - 1, $0] }).sorted() where moment >= 0 {
        var graph = graph
        for hold in holds where hold.end.microseconds <= moment { graph.release(hold.grants) }
        for booking in bookings where booking.from <= moment && moment < booking.until {
          try #require(graph.fits(booking.grants), "\(note): booked twice at \(moment)")
          graph.take(booking.grants)
        }
        for number in 0..<graph.nextVertex.rawValue {
          try #require(row(number, at: moment) == row(number, graph), "\(note): vertex \(number) at \(moment)")
        }
      }
    }

    private func row(_ number: UInt32, at moment: Int64) -> [Int64] {
      let place = table.places[Int(number)]
      guard place >= 0 else { return row(number, graph) }
      let profile = table.profiles[Int(place)]
      let step = profile.step(at: moment)
      return (0..<profile.columnCount).map { profile.value(step, $0) }
    }

    private func row(_ number: UInt32, _ graph: ResourceGraph) -> [Int64] {
      let vertex = graph[number]
      guard let interior = graph.interior(of: vertex) else { return [vertex.size - vertex.taken] }
      let free = table.types.map { type in interior.index(of: type).map { interior.free[$0] } ?? 0 }
      return free + [Int64(vertex.holds), vertex.flags.contains(.heldWhole) ? 1 : 0]
    }
  }

  private static func graph(_ random: inout RandomPlanTests.Random) -> ResourceGraph {
    let socket = Fragment(
      type: "socket", count: 2, children: [Fragment(type: "core", count: 3), Fragment(type: "gpu")])
    let memory = Fragment(type: "memory", size: Amount(units: 8) ?? .one, unit: "MiB")
    let node = Fragment(type: "node", count: random.within(1...4), children: [socket, memory])
    var graph = ResourceGraph()
    graph.apply(
      .add(Fragment(type: "cluster", children: [Fragment(type: "rack", count: 2, children: [node])]), under: nil))
    close(&graph, &random)
    return graph
  }

  /// Some are down or drained, held or not.
  private static func close(_ graph: inout ResourceGraph, _ random: inout RandomPlanTests.Random) {
    for _ in 0..<random.within(0...2) {
      let number = VertexID(UInt32(random.within(1...Int(graph.nextVertex.rawValue) - 1)))
      graph.apply(
        random.within(0...1) == 0
          ? .setStatus(number, .down) : .drain(number, Drain(reason: "", at: now)))
    }
  }

  private static func part(
    _ type: String, _ count: Int, exclusive: Bool = false, _ parts: [RequestPart] = []
  ) -> RequestPart {
    RequestPart(
      kind: type == "slot" ? .slot : .resource(type: type), count: .exactly(Int64(count)), isExclusive: exclusive,
      parts: parts)
  }

  private static func request(_ random: inout RandomPlanTests.Random) -> [RequestPart] {
    let few = random.within(1...3)
    switch random.within(0...6) {
    case 0: return [part("node", few, exclusive: true, [part("slot", 1, [part("core", 1)])])]
    case 1: return [part("slot", few, [part("core", few), part("memory", few)])]
    case 2: return [part("node", few, [part("slot", 1, [part("core", few), part("gpu", 1)])])]
    case 3: return [part("slot", few, [part("socket", 1, exclusive: true)])]
    case 4: return [part("rack", 1, exclusive: true)]
    case 5: return [part("slot", 1, [part("node", few, exclusive: true)])]
    default: return [part("memory", random.within(1...9))]
    }
  }

  private static func book(_ random: inout RandomPlanTests.Random) -> Book {
    var graph = graph(&random)
    var holds: [Timetable.Hold] = []
    for _ in 0..<random.within(0...12) {
      let request = request(&random)
      guard let grants = graph.match(graph.compile(request)) else { continue }
      // Some never end, and the timetable is not told of those.
      guard random.within(0...5) > 0 else { continue }
      let end = Timestamp(microseconds: Int64(random.within(1...60)))
      holds.append(Timetable.Hold(grants: grants, end: end))
    }
    close(&graph, &random)
    let table = Timetable(graph, now: now, holds: holds)
    return Book(graph: graph, table: table, holds: holds)
  }

  @Test("Every sum at every moment is that of a graph, and the first start is the first at which a search succeeds")
  func likeGraphs() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomPlanTests.Random(state: seed)
    var (reserved, immediate) = (0, 0)
    for round in 0..<25 {
      var book = Self.book(&random)
      try book.check("seed \(seed), round \(round)")
      for number in 0..<8 {
        let note = "seed \(seed), round \(round), request \(number)"
        let request = book.graph.compile(Self.request(&random))
        let span = random.within(0...9) == 0 ? nil : TimeSpan(microseconds: Int64(random.within(1...50)))
        if random.within(0...2) == 0 {
          let until = span.map { Self.now.advanced(by: $0) }
          guard let grants = book.table.match(request, from: Self.now, until: until) else { continue }
          try #require(book.graph.accepts(grants), "\(note)")
          book.table.reserve(grants, from: Self.now, until: until)
          book.bookings.append(Booking(grants: grants, from: 0, until: until?.microseconds ?? .max))
          immediate += 1
        } else if let opening = try Self.earliest(request, span, book.table, note) {
          let until = span.map { opening.start.advanced(by: $0) }
          book.table.reserve(opening.grants, from: opening.start, until: until)
          book.bookings.append(
            Booking(grants: opening.grants, from: opening.start.microseconds, until: until?.microseconds ?? .max))
          reserved += 1
        }
        try book.check(note)
      }
    }
    #expect(reserved > 15 && immediate > 5, "\(reserved) reserved, \(immediate) at once")
  }

  /// The first opening, after a look at every moment by itself.
  private static func earliest(
    _ request: CompiledRequest, _ span: TimeSpan?, _ table: Timetable, _ note: String
  ) throws -> Timetable.Opening? {
    var attempts = 1_000
    let finding = table.earliestStart(
      of: request, for: span, notBefore: Timestamp(microseconds: 1), attempts: &attempts)
    let plain = table.ends.first { end in
      let from = Timestamp(microseconds: end)
      return table.match(request, from: from, until: span.map { from.advanced(by: $0) }) != nil
    }
    switch finding {
    case .opening(let opening):
      try #require(opening.start.microseconds == plain, "\(note)")
      return opening
    case .never:
      try #require(plain == nil, "\(note)")
      return nil
    case .tired:
      Issue.record("\(note): nothing here takes 1,000 searches")
      return nil
    }
  }

  @Test("A search that runs out of attempts says where to go on")
  func tired() throws {
    var graph = ResourceGraph()
    graph.apply(
      .add(
        Fragment(type: "cluster", children: [Fragment(type: "node", children: [Fragment(type: "core")])]), under: nil))
    let request = graph.compile([Self.part("node", 1, exclusive: true, [Self.part("core", 1)])])
    let held = graph.match(request)
    let grants = try #require(held)
    let end = Timestamp(microseconds: 5)
    let table = Timetable(graph, now: Self.now, holds: [Timetable.Hold(grants: grants, end: end)])
    var attempts = 0
    guard
      case .tired(at: end) = table.earliestStart(of: request, for: nil, notBefore: Self.now, attempts: &attempts)
    else {
      Issue.record("there were no attempts")
      return
    }
    attempts = 1
    guard
      case .opening(let opening) = table.earliestStart(of: request, for: nil, notBefore: end, attempts: &attempts)
    else {
      Issue.record("one attempt is enough")
      return
    }
    #expect(opening.start == end && opening.grants == grants && attempts == 0)
  }

  @Test("What ends sooner is free sooner, and what was said of later stays")
  func shortened() throws {
    var graph = ResourceGraph()
    let node = Fragment(type: "node", count: 2, children: [Fragment(type: "core", count: 2)])
    graph.apply(.add(Fragment(type: "cluster", children: [node]), under: nil))
    let whole = graph.compile([Self.part("node", 1, exclusive: true, [Self.part("core", 1)])])
    let held = graph.match(whole)
    let grants = try #require(held)
    let end = Timestamp(microseconds: 50)
    var table = Timetable(graph, now: Self.now, holds: [Timetable.Hold(grants: grants, end: end)])
    table.reserve(grants, from: end, until: Timestamp(microseconds: 60))
    table.shorten(grants, endingAt: end, to: Timestamp(microseconds: 20))
    let both = graph.compile([Self.part("node", 2, exclusive: true, [Self.part("core", 1)])])
    func found(_ from: Int64, _ until: Int64) -> Bool {
      table.match(both, from: Timestamp(microseconds: from), until: Timestamp(microseconds: until)) != nil
    }
    #expect(!found(19, 20) && found(20, 50) && !found(20, 51) && !found(59, 60) && found(60, 1_000))
  }
}

import ResourceGraph
import Vocabulary

/// The reference: a list of vertices and what is held, with no sums and no search structure.
struct PlainGraph {
  struct Entry {
    var type: String
    var size: Int64
    var parent: Int?
    var rank: Int?
    var taken: Int64 = 0
    var isDown = false
    var isDrained = false
    var isExcluded = false
    var isRemoved = false
    var hasChildren = false

    var isClosed: Bool { isDown || isDrained || isExcluded || isRemoved }
  }

  private(set) var entries: [Entry] = []
  private var ranks = 0

  mutating func add(_ fragment: Fragment, under parent: Int?) {
    if let parent { entries[parent].hasChildren = true }
    for _ in 0..<fragment.count {
      let number = entries.count
      var entry = Entry(type: fragment.type, size: fragment.size.thousandths, parent: parent)
      entry.isDown = fragment.status == .down
      if fragment.type == "node" {
        entry.rank = ranks
        entry.hasChildren = true
        ranks += 1
      }
      entries.append(entry)
      for child in fragment.children { add(child, under: number) }
    }
  }

  mutating func change(_ number: Int, _ body: (inout Entry) -> Void) { body(&entries[number]) }

  mutating func remove(_ number: Int) {
    for other in entries.indices where lies(other, atOrBeneath: number) { entries[other].isRemoved = true }
  }

  mutating func hold(_ grants: [Grant], times sign: Int64) {
    for grant in grants { entries[Int(grant.vertex.rawValue)].taken += sign * grant.amount.thousandths }
  }

  // MARK: Questions

  func above(_ number: Int) -> [Int] {
    guard let parent = entries[number].parent else { return [] }
    return [parent] + above(parent)
  }

  func lies(_ number: Int, atOrBeneath other: Int) -> Bool { number == other || above(number).contains(other) }

  var liveCount: Int { entries.count { !$0.isRemoved } }

  func isHeldFromAbove(_ number: Int) -> Bool { above(number).contains { entries[$0].taken > 0 } }

  func isHeld(atOrBeneath number: Int) -> Bool {
    entries.indices.contains { entries[$0].taken > 0 && lies($0, atOrBeneath: number) }
  }

  func isInUse(_ number: Int) -> Bool { isHeld(atOrBeneath: number) || isHeldFromAbove(number) }

  func isOpen(_ number: Int) -> Bool { !([number] + above(number)).contains { entries[$0].isClosed } }

  func host(of number: Int) -> Int? { ([number] + above(number)).first { entries[$0].rank != nil } }

  /// Thousandths that could be given out now of one vertex.
  func free(_ number: Int) -> Int64 {
    let entry = entries[number]
    guard isOpen(number), !isHeldFromAbove(number) else { return 0 }
    if entry.hasChildren { return isHeld(atOrBeneath: number) ? 0 : entry.size }
    return entry.size - entry.taken
  }

  func free(_ type: String, beneath number: Int) -> Int64 {
    entries.indices.reduce(0) { sum, other in
      entries[other].type == type && other != number && lies(other, atOrBeneath: number) ? sum + free(other) : sum
    }
  }

  func total(_ type: String) -> Int64 {
    entries.dropFirst().reduce(0) { $0 + ($1.type == type && !$1.isRemoved ? $1.size : 0) }
  }

  /// Whether grants fit beside what is held.
  func fits(_ grants: [Grant]) -> Bool {
    guard !grants.isEmpty, zip(grants, grants.dropFirst()).allSatisfy({ $0.vertex < $1.vertex }) else { return false }
    let whole = Set(grants.map { Int($0.vertex.rawValue) })
    return grants.allSatisfy { grant in
      let number = Int(grant.vertex.rawValue)
      guard number < entries.count, !entries[number].isRemoved, grant.amount.thousandths > 0,
        !isHeldFromAbove(number), !above(number).contains(where: whole.contains)
      else { return false }
      let entry = entries[number]
      if entry.hasChildren { return !isHeld(atOrBeneath: number) && grant.amount.thousandths == entry.size }
      return entry.taken + grant.amount.thousandths <= entry.size
    }
  }

  func accepts(_ grants: [Grant]) -> Bool { fits(grants) && grants.allSatisfy { isOpen(Int($0.vertex.rawValue)) } }

  /// How many equal slots of so many cores and so much memory the hosts of a set hold.
  func slots(cores: Int64, memory: Int64, hosts: HostSet?, wholeHosts: Bool) -> Int64 {
    entries.indices.reduce(0) { sum, number in
      guard let rank = entries[number].rank, hosts?.contains(rank) ?? true, !wholeHosts || free(number) > 0 else {
        return sum
      }
      let byCores = cores > 0 ? units("core", beneath: number) / cores : .max
      let byMemory = memory > 0 ? units("memory", beneath: number) / memory : .max
      return sum + min(byCores, byMemory)
    }
  }

  /// Whole units, pool by pool.
  private func units(_ type: String, beneath number: Int) -> Int64 {
    entries.indices.reduce(0) { sum, other in
      entries[other].type == type && lies(other, atOrBeneath: number) ? sum + free(other) / 1_000 : sum
    }
  }
}

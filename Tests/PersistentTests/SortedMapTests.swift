import Persistent
import Testing

/// What a sorted map should be, in the plainest form.
private struct ReferenceMap {
  var entries: [(key: Int, value: [Int])] = []

  subscript(key: Int) -> [Int]? {
    get { entries.first { $0.key == key }?.value }
    set {
      entries.removeAll { $0.key == key }
      if let newValue {
        entries.insert((key, newValue), at: entries.firstIndex { $0.key > key } ?? entries.count)
      }
    }
  }
}

@Suite struct SortedMapTests {
  private func expectSame(_ map: SortedMap<Int, [Int]>, _ reference: ReferenceMap, _ note: Comment) {
    map.checkInvariants()
    #expect(map.count == reference.entries.count, note)
    #expect(map.elementsEqual(reference.entries) { $0.key == $1.key && $0.value == $1.value }, note)
  }

  @Test(
    "A map agrees with a plain list under random programs, and snapshots taken on the way stay as they were",
    arguments: 0..<24)
  func agreesWithReference(round: Int) {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    let note: Comment = "seed \(seed)"
    let span = [20, 400, 3000][round % 3]
    var map = SortedMap<Int, [Int]>()
    var reference = ReferenceMap()
    var snapshots: [(SortedMap<Int, [Int]>, ReferenceMap)] = []
    // Phases lean towards growing or shrinking so that splits, merges and an empty tree all happen.
    for step in 0..<6000 {
      let growing = (step / 1500) % 2 == 0
      let key = Int.random(in: 0..<span, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4 where growing, 0..<1:
        let old = map.updateValue([step], forKey: key)
        #expect(old == reference[key], note)
        reference[key] = [step]
      case 0..<7:
        if growing { fallthrough }
        let old = map.removeValue(forKey: key)
        #expect(old == reference[key], note)
        reference[key] = nil
      case 7:
        let result = map.modify(key) { (value: inout [Int]) -> Int in
          value.append(step)
          return value.count
        }
        var value = reference[key]
        value?.append(step)
        #expect(result == value?.count, note)
        if value != nil { reference[key] = value }
      case 8:
        #expect(map[key] == reference[key], note)
        expectNeighbours(of: key, map, reference, note)
      default:
        if step % 50 == 0 { snapshots.append((map, reference)) }
        map[key] = growing ? [key] : nil
        reference[key] = growing ? [key] : nil
      }
      if step % 500 == 0 { expectSame(map, reference, note) }
    }
    expectSame(map, reference, note)
    #expect(!snapshots.isEmpty)
    for (snapshot, then) in snapshots { expectSame(snapshot, then, note) }
  }

  private func expectNeighbours(
    of key: Int, _ map: SortedMap<Int, [Int]>, _ reference: ReferenceMap, _ note: Comment
  ) {
    let keys = reference.entries.map(\.key)
    #expect(map.first?.key == keys.first && map.last?.key == keys.last, note)
    #expect(map.first(atOrAfter: key)?.key == keys.first { $0 >= key }, note)
    #expect(map.first(after: key)?.key == keys.first { $0 > key }, note)
    #expect(map.last(atOrBefore: key)?.key == keys.last { $0 <= key }, note)
    #expect(map.last(before: key)?.key == keys.last { $0 < key }, note)
    var upwards: [Int] = []
    map.forEach(from: key) { found, _ in
      upwards.append(found)
      return upwards.count < 70
    }
    #expect(upwards == Array(keys.filter { $0 >= key }.prefix(70)), note)
    var downwards: [Int] = []
    map.forEachReversed(below: key) { found, _ in
      downwards.append(found)
      return downwards.count < 70
    }
    #expect(downwards == Array(keys.filter { $0 < key }.reversed().prefix(70)), note)
  }

  @Test("Large maps keep their shape when keys rise, fall, and leave from either end")
  func largeMaps() {
    var map = SortedMap<UInt64, UInt64>()
    for key in 0..<50_000 as Range<UInt64> { map[key] = key }
    map.checkInvariants()
    var falling = SortedMap<UInt64, UInt64>()
    for key in (0..<50_000 as Range<UInt64>).reversed() { falling[key] = key }
    falling.checkInvariants()
    #expect(map == falling)
    #expect(map.hashValue == falling.hashValue)
    for key in 0..<20_000 as Range<UInt64> { #expect(map.removeValue(forKey: key) == key) }
    map.checkInvariants()
    for key in (30_000..<50_000 as Range<UInt64>).reversed() { #expect(map.removeValue(forKey: key) == key) }
    map.checkInvariants()
    #expect(map != falling)
    #expect(Array(map.keys) == Array(20_000..<30_000))
    #expect(map.values.reduce(0, +) == (20_000..<30_000).reduce(0, +))
    for key in 20_000..<30_000 as Range<UInt64> { map[key] = nil }
    map.checkInvariants()
    #expect(map.isEmpty && map.first == nil && map.last == nil)
  }

  @Test("A body that throws leaves what it did, and its error comes through")
  func modifyThrows() {
    enum Refusal: Error, Equatable { case because(Int) }
    var map = SortedMap<Int, Int>()
    map[1] = 1
    let before = map
    #expect(throws: Refusal.because(2)) {
      try map.modify(1) { (value: inout Int) throws(Refusal) in
        value = 2
        throw .because(value)
      }
    }
    #expect(map[1] == 2 && before[1] == 1)
    #expect(map.modify(5) { $0 += 1 } == nil)
  }

  @Test("A value that nobody shares is changed in place")
  func modifyInPlace() {
    var map = SortedMap<Int, [Int]>()
    for key in 0..<1000 { map[key] = Array(0..<100) }
    let before = map[500]?.withUnsafeBufferPointer { $0.baseAddress }
    map.modify(500) { $0[3] = 7 }
    let after = map[500]?.withUnsafeBufferPointer { $0.baseAddress }
    #expect(before == after && map[500]?[3] == 7)
  }

  @Test("Keys may be strings, and values wide, so that small nodes are used")
  func stringKeys() {
    struct Wide: Sendable, Equatable {
      var name: String
      var numbers: [Int]
      var more = (0, 0, 0, 0)
      static func == (a: Self, b: Self) -> Bool { a.name == b.name && a.numbers == b.numbers }
    }
    var map = SortedMap<String, Wide>()
    var plain: [String: Wide] = [:]
    for number in 0..<3000 {
      let key = "node\(number * 7919 % 3000)"
      let value = Wide(name: key, numbers: [number])
      map[key] = value
      plain[key] = value
    }
    let full = map
    for number in stride(from: 0, to: 3000, by: 3) { map["node\(number)"] = nil }
    map.checkInvariants()
    full.checkInvariants()
    #expect(map.count == 2000 && full.count == 3000)
    #expect(full.allSatisfy { plain[$0.key] == $0.value })
  }
}

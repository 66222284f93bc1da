import Persistent
import Testing

@Suite struct SortedSetTests {
  @Test("A set agrees with a plain set under random programs", arguments: 0..<8)
  func agreesWithReference(round: Int) {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    let note: Comment = "seed \(seed)"
    var set = SortedSet<Int>()
    var plain: Set<Int> = []
    var snapshots: [(SortedSet<Int>, Set<Int>)] = []
    for step in 0..<8000 {
      let element = Int.random(in: 0..<1500, using: &random)
      if Int.random(in: 0..<10, using: &random) < (step % 4000 < 2000 ? 7 : 2) {
        #expect(set.insert(element) == plain.insert(element).inserted, note)
      } else {
        #expect(set.remove(element) == (plain.remove(element) != nil), note)
      }
      #expect(set.contains(element) == plain.contains(element), note)
      if step % 1000 == 0 { snapshots.append((set, plain)) }
    }
    snapshots.append((set, plain))
    for (snapshot, then) in snapshots {
      snapshot.checkInvariants()
      #expect(Array(snapshot) == then.sorted() && snapshot.count == then.count, note)
      #expect(
        snapshot == SortedSet(then) && snapshot.first == then.min() && snapshot.last == then.max(), note)
    }
  }

  @Test("Neighbours and visits respect inclusive and exclusive ends")
  func neighbours() {
    let set = SortedSet(stride(from: 0, to: 2000, by: 10))
    #expect(set.first(atOrAfter: 100) == 100 && set.first(after: 100) == 110)
    #expect(set.last(atOrBefore: 100) == 100 && set.last(before: 100) == 90)
    #expect(set.first(after: 1990) == nil && set.last(before: 0) == nil)
    var seen: [Int] = []
    set.forEach(from: 1975) {
      seen.append($0); return true
    }
    set.forEachReversed(below: 20) {
      seen.append($0); return true
    }
    #expect(seen == [1980, 1990, 10, 0])
  }
}

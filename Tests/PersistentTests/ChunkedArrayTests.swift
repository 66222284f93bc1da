import Persistent
import Testing

@Suite struct ChunkedArrayTests {
  @Test("An array agrees with a plain one under random programs, snapshots included", arguments: 0..<8)
  func agreesWithReference(round: Int) {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    let note: Comment = "seed \(seed)"
    let start = [0, 1, 63, 64, 65, 4095, 4096, 5000][round]
    var array = ChunkedArray(repeating: -1, count: start)
    var plain = Array(repeating: -1, count: start)
    var snapshots: [(ChunkedArray<Int>, [Int])] = []
    for step in 0..<6000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        array.append(step)
        plain.append(step)
      case 2 where !plain.isEmpty:
        let index = Int.random(in: 0..<plain.count, using: &random)
        array[index] = step
        plain[index] = step
      default:
        guard let index = plain.indices.randomElement(using: &random) else { continue }
        #expect(array[index] == plain[index], note)
        array.modify(index) { $0 += 1 }
        plain[index] += 1
      }
      if step % 600 == 0 { snapshots.append((array, plain)) }
    }
    snapshots.append((array, plain))
    for (snapshot, then) in snapshots {
      snapshot.checkInvariants()
      #expect(snapshot.count == then.count && Array(snapshot) == then, note)
      var visited: [Int] = []
      snapshot.forEach {
        visited.append($0); return visited.count < 5000
      }
      #expect(visited == Array(then.prefix(5000)), note)
      #expect(snapshot == ChunkedArray(then), note)
    }
  }

  @Test("Filling shares chunks, and changing one element changes that element only")
  func filling() {
    var array = ChunkedArray(repeating: 0, count: 300_001)
    array.checkInvariants()
    let before = array
    array[70_000] = 5
    array.append(9)
    array.checkInvariants()
    #expect(array.enumerated().allSatisfy { $1 == ($0 == 70_000 ? 5 : $0 == 300_001 ? 9 : 0) })
    #expect(before.allSatisfy { $0 == 0 } && before.count == 300_001)
  }
}

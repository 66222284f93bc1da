import Persistent
import Synchronization
import Testing

@Suite struct SnapshotConcurrencyTests {
  /// What the writer publishes: a map whose values are all equal to its version.
  private struct Published: Sendable {
    var version = 0
    var map = SortedMap<Int, Int>()
  }

  private final class Board: Sendable {
    let published = Mutex(Published())
    let finished = Atomic(false)
  }

  @Test("Readers on other threads see whole snapshots while a writer goes on", .timeLimit(.minutes(1)))
  func readersSeeWholeSnapshots() async {
    let board = Board()
    let readings = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          var readings = 0
          repeat {
            let seen = board.published.withLock { $0 }
            #expect(seen.map.allSatisfy { $0.value == seen.version })
            #expect(seen.map.count == (seen.version == 0 ? 0 : 500 + seen.version % 7 * 100))
            readings += 1
          } while !board.finished.load(ordering: .acquiring)
          return readings
        }
      }
      var map = SortedMap<Int, Int>()
      for version in 1...150 {
        let size = 500 + version % 7 * 100
        for key in 0..<size { map[key] = version }
        for key in size..<1200 { map[key] = nil }
        board.published.withLock { $0 = Published(version: version, map: map) }
      }
      board.finished.store(true, ordering: .releasing)
      return await group.reduce(0, +)
    }
    #expect(readings >= 3)
  }
}

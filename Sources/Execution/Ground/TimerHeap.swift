/// A binary min-heap of deadlines.
///
/// Entries are not removed early: the owner ignores what is no longer wanted when it comes up, and calls
/// `keep(where:)` now and then so that forgotten entries stay bounded.
struct TimerHeap<Key> {
  private var entries: [(deadline: MonotonicTime, key: Key)] = []

  var count: Int { entries.count }
  var first: MonotonicTime? { entries.first?.deadline }

  mutating func insert(_ key: Key, at deadline: MonotonicTime) {
    entries.append((deadline, key))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].deadline < entries[parent].deadline else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the earliest entry that is due at `now`.
  mutating func popDue(at now: MonotonicTime) -> (deadline: MonotonicTime, key: Key)? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      siftDown(from: 0)
    }
    return first
  }

  /// Drops every entry that `isWanted` denies.
  mutating func keep(where isWanted: (MonotonicTime, Key) -> Bool) {
    entries.removeAll { !isWanted($0.deadline, $0.key) }
    for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
  }

  private mutating func siftDown(from start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].deadline < entries[least].deadline { least = child }
      }
      if least == parent { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}

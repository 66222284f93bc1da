import Vocabulary

/// What is to happen when: a heap by time, and by order of entry where times are equal.
struct Agenda<Event> {
  private struct Entry {
    let time: TimeSpan
    let order: UInt64
    let event: Event

    func isBefore(_ other: Entry) -> Bool { time != other.time ? time < other.time : order < other.order }
  }

  private var heap: [Entry] = []
  private var entered: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }
  var nextTime: TimeSpan? { heap.first?.time }

  mutating func add(_ event: Event, at time: TimeSpan) {
    heap.append(Entry(time: time, order: entered, event: event))
    entered += 1
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (time: TimeSpan, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return (first.time, first.event) }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].isBefore(heap[least]) { least = child }
      }
      guard least != parent else { break }
      heap.swapAt(parent, least)
      parent = least
    }
    return (first.time, first.event)
  }
}

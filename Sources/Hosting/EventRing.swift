import Synchronization

/// The newest events, encoded once and shared by every stream.
///
/// Bounded: a reader that falls behind the oldest one is served from the journal. Readers take references to
/// whole segments under the lock and look at them outside.
public final class EventRing: Sendable {
  /// Events kept: at 10 events a job, the last 13,000 jobs.
  public static let capacity = 131_072

  /// The events of one commit.
  public final class Segment: Sendable {
    public let events: [StreamEvent]
    /// First number that is not in this segment, whether or not an event was rendered for every number.
    public let nextSeq: UInt64

    init(events: [StreamEvent], nextSeq: UInt64) {
      self.events = events
      self.nextSeq = nextSeq
    }
  }

  private struct Contents {
    var segments: [Segment] = []
    /// Segments before this index were dropped.
    var head = 0
    var eventCount = 0
    var oldestSeq: UInt64
    var nextSeq: UInt64
  }

  public enum Reading: Sendable {
    /// Segments that contain numbers from the asked one on, in order; `next` follows the last.
    case segments([Segment], next: UInt64)
    /// The asked number is no longer here.
    case behind(oldest: UInt64)
  }

  private let contents: Mutex<Contents>

  init(nextSeq: UInt64) {
    contents = Mutex(Contents(oldestSeq: nextSeq, nextSeq: nextSeq))
  }

  func append(_ events: [StreamEvent], nextSeq: UInt64) {
    let segment = Segment(events: events, nextSeq: nextSeq)
    contents.withLock { contents in
      contents.segments.append(segment)
      contents.eventCount += events.count
      contents.nextSeq = nextSeq
      while contents.eventCount > Self.capacity, contents.head < contents.segments.count - 1 {
        let dropped = contents.segments[contents.head]
        contents.eventCount -= dropped.events.count
        contents.oldestSeq = dropped.nextSeq
        contents.head += 1
      }
      // Compact when more than half is dropped, so that the array's cost stays constant per segment.
      if contents.head > 64, contents.head * 2 > contents.segments.count {
        contents.segments.removeFirst(contents.head)
        contents.head = 0
      }
    }
  }

  /// - Parameter limit: segments at most.
  public func read(from seq: UInt64, limit: Int = 64) -> Reading {
    contents.withLock { contents in
      if seq < contents.oldestSeq { return .behind(oldest: contents.oldestSeq) }
      if seq >= contents.nextSeq { return .segments([], next: seq) }
      var low = contents.head
      var high = contents.segments.count
      while low < high {
        let middle = (low + high) / 2
        if contents.segments[middle].nextSeq <= seq { low = middle + 1 } else { high = middle }
      }
      let end = min(contents.segments.count, low + limit)
      let segments = Array(contents.segments[low..<end])
      return .segments(segments, next: segments.last?.nextSeq ?? seq)
    }
  }

  /// The number of the next event.
  public var nextSeq: UInt64 { contents.withLock { $0.nextSeq } }
}

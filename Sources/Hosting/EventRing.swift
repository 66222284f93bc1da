import Synchronization

/// The newest events, encoded at most once and shared by every stream.
///
/// Bounded: a reader that falls behind the oldest one is served from the journal. Readers take references to
/// whole segments under the lock and look at them outside.
public final class EventRing: Sendable {
  /// Events kept: at 10 events a job, the last 13,000 jobs.
  public static let capacity = 131_072
  /// Bytes of what their records carry besides: values that were written, messages.
  public static let weightCapacity = 64 << 20

  /// The records of one commit; its events are encoded when the first stream asks for them.
  public final class Segment: Sendable {
    /// First number that is not in this segment, whether or not an event was rendered for every number.
    public let nextSeq: UInt64
    /// Bytes that its records carry and its events may.
    let weight: Int
    private let encode: @Sendable () -> [StreamEvent]
    private let encoded = Mutex<[StreamEvent]?>(nil)

    init(nextSeq: UInt64, weight: Int = 0, encode: @escaping @Sendable () -> [StreamEvent]) {
      self.nextSeq = nextSeq
      self.weight = weight
      self.encode = encode
    }

    /// Encoded once for all streams, on the thread of the first that reads.
    public var events: [StreamEvent] {
      encoded.withLock { encoded in
        if let encoded { return encoded }
        let events = encode()
        encoded = events
        return events
      }
    }
  }

  private struct Contents {
    /// `nil` at the front: dropped.
    var segments: [Segment?] = []
    var head = 0
    var weight = 0
    var oldestSeq: UInt64
    var nextSeq: UInt64

    var isTooMuch: Bool { nextSeq - oldestSeq > UInt64(EventRing.capacity) || weight > EventRing.weightCapacity }

    /// - Precondition: `index` is at or after `head`.
    func segment(_ index: Int) -> Segment {
      guard let segment = segments[index] else { preconditionFailure("a dropped segment was asked for") }
      return segment
    }
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

  func append(_ segment: Segment) {
    contents.withLock { contents in
      contents.segments.append(segment)
      contents.nextSeq = segment.nextSeq
      contents.weight += segment.weight
      while contents.isTooMuch, contents.head < contents.segments.count - 1 {
        contents.oldestSeq = contents.segment(contents.head).nextSeq
        contents.weight -= contents.segment(contents.head).weight
        contents.segments[contents.head] = nil
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
        if contents.segment(middle).nextSeq <= seq { low = middle + 1 } else { high = middle }
      }
      let end = min(contents.segments.count, low + limit)
      let segments = (low..<end).map { contents.segment($0) }
      return .segments(segments, next: segments.last?.nextSeq ?? seq)
    }
  }

  /// The number of the next event.
  public var nextSeq: UInt64 { contents.withLock { $0.nextSeq } }
}

public import Vocabulary

/// A waiting job's place: higher priority first, then the older id.
public struct QueueKey: Hashable, Comparable, Sendable {
  public let priority: UInt32
  public let job: JobID

  public init(priority: UInt32, job: JobID) {
    self.priority = priority
    self.job = job
  }

  public static func < (a: Self, b: Self) -> Bool {
    a.priority != b.priority ? a.priority > b.priority : a.job < b.job
  }
}

import Dispatch
import Synchronization

/// Where questions about what would happen are worked out: one after the other, on a thread of their own, so that
/// they never keep readers waiting.
final class WhatIf: Sendable {
  /// Questions that wait or are worked out; more are told to come again.
  static let maximumQuestions = 8
  /// Moments that one answer plans for, and waiting jobs that it takes along.
  static let maximumEvents = 2_000
  static let maximumWaitingJobs = 10_000
  static let maximumJobs = 1_000
  /// How long an answer may be waited for, in seconds.
  static let seconds = 60.0

  private let queue = DispatchQueue(label: "sluice.whatif", qos: .utility)
  private let count = Atomic<Int>(0)

  /// - Returns: whether it was taken.
  func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    guard count.add(1, ordering: .relaxed).newValue <= Self.maximumQuestions else {
      count.subtract(1, ordering: .relaxed)
      return false
    }
    queue.async { [self] in
      work()
      count.subtract(1, ordering: .relaxed)
    }
    return true
  }
}

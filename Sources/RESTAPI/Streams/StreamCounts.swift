import BrokerCore
import Jobs
import Synchronization

/// How many streams each user holds open.
final class StreamCounts: Sendable {
  /// Streams of one user; the instance's owner runs dashboards and controllers and has room for every
  /// connection.
  static let perUser = 256
  static let perOwner = 100_000

  private let counts = Mutex<[UInt32: Int]>([:])

  func take(_ caller: Caller) throws(Problem) {
    let limit = caller.role == .owner ? Self.perOwner : Self.perUser
    let isFree = counts.withLock { counts in
      guard counts[caller.principal.userID] ?? 0 < limit else { return false }
      counts[caller.principal.userID, default: 0] += 1
      return true
    }
    guard !isFree else { return }
    var problem = Problem(429, "too_many_streams", "you have \(limit) streams open, as many as you may")
    problem.retryAfter = 15
    throw problem
  }

  func release(_ caller: Caller) {
    counts.withLock { counts in
      let count = (counts[caller.principal.userID] ?? 1) - 1
      counts[caller.principal.userID] = count > 0 ? count : nil
    }
  }
}

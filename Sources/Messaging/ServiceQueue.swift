import Persistent
import Vocabulary

/// One service: who waits for calls, which calls wait, and how many are being worked on.
struct ServiceQueue: Sendable {
  /// Names the offer among deadlines.
  let number: UInt64
  /// In order of arrival.
  var takers = SortedMap<UInt64, ServiceTaker>()
  var waiting = SortedMap<UInt64, ServiceCall>()
  /// Calls that a taker has and has not answered.
  var given = 0
  /// Calls under way by their callers' names.
  var names: [String: UInt64] = [:]
  /// When the offer lapses; `nil` while somebody waits or works.
  var lapse: Timestamp?

  init(number: UInt64) { self.number = number }

  /// Whether somebody waits for calls, or works on one and will come back.
  var isServed: Bool { !takers.isEmpty || given > 0 }
}

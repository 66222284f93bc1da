import Vocabulary

/// Something that ends by itself.
struct ServiceDeadline: Comparable, Sendable {
  enum Subject: Equatable, Sendable {
    case taker(ServiceName)
    case call
    case offer(ServiceName)

    /// At the same moment offers come last: a call whose time is up was not refused for want of somebody.
    var rank: Int {
      switch self {
      case .taker: 0
      case .call: 1
      case .offer: 2
      }
    }
  }

  let at: Timestamp
  /// Of the taker, the call, or the service's offer: makes it unique.
  let number: UInt64
  let subject: Subject

  static func < (a: Self, b: Self) -> Bool {
    (a.at.microseconds, a.subject.rank, a.number) < (b.at.microseconds, b.subject.rank, b.number)
  }
  static func == (a: Self, b: Self) -> Bool { a.at == b.at && a.number == b.number }
}

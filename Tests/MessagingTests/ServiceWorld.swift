import Synchronization
import Testing
import Vocabulary

@testable import Messaging

/// A desk with a clock that stands still unless it is moved, and everything that came of it.
final class ServiceWorld: Sendable {
  let desk = ServiceDesk()
  private let microseconds = Atomic<Int64>(1_000_000)

  var now: Timestamp { Timestamp(microseconds: microseconds.load(ordering: .relaxed)) }

  func after(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: now.microseconds + Int64(seconds * 1_000_000))
  }

  func advance(_ seconds: Double) {
    microseconds.add(Int64(seconds * 1_000_000), ordering: .relaxed)
    desk.tick(now)
  }

  func service(_ text: String = "sum", scope: UInt32 = 1) throws -> ServiceName {
    try #require(ServiceName(text, in: scope))
  }

  /// What one taker got.
  final class Taken: Sendable {
    enum Outcome: Sendable { case waiting, call(ServiceCall), turnedAway }

    private let outcome = Mutex(Outcome.waiting)
    let isPresent = Atomic<Bool>(true)

    var call: ServiceCall? { outcome.withLock { if case .call(let call) = $0 { call } else { nil } } }
    var isWaiting: Bool { outcome.withLock { if case .waiting = $0 { true } else { false } } }
    var isTurnedAway: Bool { outcome.withLock { if case .turnedAway = $0 { true } else { false } } }

    func deliver(_ call: ServiceCall?) -> Bool {
      guard isPresent.load(ordering: .relaxed) else { return false }
      outcome.withLock { outcome in
        guard case .waiting = outcome else { preconditionFailure("a taker was served twice") }
        outcome = call.map { .call($0) } ?? .turnedAway
      }
      return true
    }
  }

  func take(_ service: ServiceName, _ seconds: Double = 30) throws -> Taken {
    let taken = Taken()
    try desk.take(service, until: after(seconds), at: now) { taken.deliver($0) }
    return taken
  }

  func call(
    _ service: ServiceName, _ text: String = "?", name: String? = nil, seconds: Double = 30,
    isAwaited: @escaping @Sendable () -> Bool = { true }
  ) throws -> ServiceCall {
    try desk.call(
      ServiceCall.Request(
        service: service, name: name, payload: Self.payload(text), user: "ada", deadline: after(seconds),
        isAwaited: isAwaited), at: now)
  }

  func reply(_ reply: ServiceReply, to call: ServiceCall) throws {
    try desk.reply(reply, to: call.number, of: call.service, at: now)
  }

  static func payload(_ text: String) -> MessagePayload {
    MessagePayload(mediaType: "text/plain", bytes: Array(text.utf8))
  }
}

import Synchronization

/// A reply that is not known yet.
///
///     waiting --complete / deadline--> rendered --HTTP thread--> taken
///
/// The first completion wins; later ones, and one for a client that has left, do nothing.
public final class PendingReply: Sendable {
  private enum State: Sendable {
    case waiting
    case rendered(@Sendable () -> HTTPReply)
    case taken
  }

  let suspension = Suspension()
  let seconds: Double
  private let onTimeout: @Sendable () -> HTTPResponse
  private let state = Mutex(State.waiting)

  /// - Parameters:
  ///   - onTimeout: what to answer when `seconds` have passed, or when the server stops first.
  ///   - seconds: counted from the moment the reply is returned; `HTTPLimits.parkDeadline` caps it.
  public init(onTimeout: @escaping @Sendable () -> HTTPResponse, deadline seconds: Double) {
    self.onTimeout = onTimeout
    self.seconds = seconds
  }

  /// Answers, from any thread, also before the reply was returned.  `render` runs on an HTTP thread.
  public func complete(_ render: @escaping @Sendable () -> HTTPResponse) { complete(with: { .now(render()) }) }

  /// The same, where the answer may be a stream.  What `render` returns is sent, so it makes the stream.
  public func complete(with render: @escaping @Sendable () -> HTTPReply) {
    let isFirst = state.withLock { state in
      guard case .waiting = state else { return false }
      state = .rendered(render)
      return true
    }
    if isFirst { suspension.signal() }
  }

  /// Whether somebody still waits for it, as far as can be told: a client that has left while the connection
  /// is parked is noticed here and nowhere else. For answers that must not be lost.
  public var isAwaited: Bool {
    let isWaiting = state.withLock { state in
      if case .waiting = state { true } else { false }
    }
    return isWaiting && suspension.isPeerPresent
  }

  func expire() { complete(onTimeout) }

  /// The completion, once.
  func take() -> (@Sendable () -> HTTPReply)? {
    state.withLock { state in
      guard case .rendered(let render) = state else { return nil }
      state = .taken
      return render
    }
  }

  /// The connection is gone: nothing can be sent any more.
  func abandon() {
    suspension.detach()
    let dropped = state.withLock { state in
      defer { state = .taken }
      return state
    }
    _ = dropped
  }
}

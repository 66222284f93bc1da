import Synchronization
public import Vocabulary

/// One call: what is asked, and what has come back so far.
///
///     waiting --taker--> given --part--> given --reply--> ended
///     waiting, given --cancelled, out of time--> ended
///
/// The desk alone moves it; the caller reads it.
public final class ServiceCall: Sendable {
  /// How a call ended; exactly once.
  public enum End: Sendable, Equatable {
    case answered(MessagePayload)
    /// The answerer's own words.
    case failed(String)
    case outOfTime
    case cancelled
    /// Those who had offered the service are gone.
    case nobodyServes
  }

  private struct Progress {
    var parts: [MessagePayload] = []
    var unreadBytes = 0
    var end: End?
    var wake: (@Sendable () -> Void)?
  }

  /// Never used again while the process lives.
  public let number: UInt64
  public let service: ServiceName
  /// The caller's own name for it.
  public let name: String?
  public let payload: MessagePayload
  /// Who called.
  public let user: String
  /// On the desk's clock.
  public let deadline: Timestamp
  /// Whether the caller is still there, as far as is known.
  let isAwaited: @Sendable () -> Bool
  private let progress = Mutex(Progress())

  init(number: UInt64, _ request: Request) {
    self.number = number
    service = request.service
    name = request.name
    payload = request.payload
    user = request.user
    deadline = request.deadline
    isAwaited = request.isAwaited
  }

  /// What a caller asks for.
  public struct Request: Sendable {
    public let service: ServiceName
    public let name: String?
    public let payload: MessagePayload
    public let user: String
    public let deadline: Timestamp
    public let isAwaited: @Sendable () -> Bool

    /// - Parameter isAwaited: asked before the call is given to a taker.
    public init(
      service: ServiceName, name: String?, payload: MessagePayload, user: String, deadline: Timestamp,
      isAwaited: @escaping @Sendable () -> Bool = { true }
    ) {
      self.service = service
      self.name = name
      self.payload = payload
      self.user = user
      self.deadline = deadline
      self.isAwaited = isAwaited
    }
  }

  // MARK: For the caller

  /// Has `wake` called whenever there is something new from here on; look afterwards at what came before.
  public func attach(_ wake: @escaping @Sendable () -> Void) {
    progress.withLock { progress in
      if progress.end == nil { progress.wake = wake }
    }
  }

  /// All parts not yet taken, in order.
  public func takeParts() -> [MessagePayload] {
    progress.withLock { progress in
      defer {
        progress.parts = []
        progress.unreadBytes = 0
      }
      return progress.parts
    }
  }

  /// `nil` while it is under way. Parts come before.
  public var end: End? { progress.withLock { $0.end } }

  // MARK: For the desk

  /// - Returns: whom to wake outside of locks.
  func add(_ part: MessagePayload) throws(ServiceRefusal) -> (@Sendable () -> Void)? {
    let outcome = progress.withLock { progress -> Result<(@Sendable () -> Void)?, ServiceRefusal> in
      guard progress.end == nil else { return .failure(.callOver) }
      guard progress.parts.count < ServiceLimits.unreadPartsPerCall,
        progress.unreadBytes + part.bytes.count <= ServiceLimits.unreadBytesPerCall
      else { return .failure(.callerBehind(limit: ServiceLimits.unreadBytesPerCall)) }
      progress.parts.append(part)
      progress.unreadBytes += part.bytes.count
      return .success(progress.wake)
    }
    return try outcome.get()
  }

  /// - Precondition: it has not ended.
  /// - Returns: whom to wake outside of locks.
  func finish(_ end: End) -> (@Sendable () -> Void)? {
    progress.withLock { progress in
      precondition(progress.end == nil, "a call ended twice")
      progress.end = end
      defer { progress.wake = nil }
      return progress.wake
    }
  }
}

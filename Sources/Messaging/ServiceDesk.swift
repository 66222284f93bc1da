import Synchronization
public import Vocabulary

/// Brings callers and those who answer together: every call is given to one taker at a time, and ends once.
///
/// Everything is in memory. Time comes in from outside, by a clock that never steps back; `tick` ends what is
/// overdue, and is due at `nextDeadline`. Closures are called outside of the lock.
public final class ServiceDesk: Sendable {
  private let book = Mutex(ServiceBook())

  public init() {}

  /// Offers a service for as long as the taker waits and `ServiceLimits.offerLifetime` after, and asks for one call.
  /// - Parameter deliver: called once, from any thread, with a call, or with `nil` when `deadline` has passed
  ///   without one. Returns whether the call was taken; when it was not, the call goes to the next taker.
  public func take(
    _ service: ServiceName, until deadline: Timestamp, at now: Timestamp,
    deliver: @escaping @Sendable (ServiceCall?) -> Bool
  ) throws(ServiceRefusal) {
    let actions = try change { book throws(ServiceRefusal) in
      try book.take(service, until: deadline, at: now, deliver)
    }
    perform(actions, now)
  }

  /// Calls a service. What comes back is read from the call, which tells when there is something.
  /// - Throws: `nobodyServes`, `callExists`, or that a limit is reached.
  public func call(_ request: ServiceCall.Request, at now: Timestamp) throws(ServiceRefusal) -> ServiceCall {
    let (call, actions) = try change { book throws(ServiceRefusal) in try book.call(request, at: now) }
    perform(actions, now)
    return call
  }

  /// Takes a part or the one end of an answer.
  /// - Throws: `callOver` for a call that has ended or that nobody was given, `callerBehind`.
  public func reply(
    _ reply: ServiceReply, to number: UInt64, of service: ServiceName, at now: Timestamp
  ) throws(ServiceRefusal) {
    perform(
      try change { book throws(ServiceRefusal) in try book.reply(reply, to: number, of: service, at: now) }, now)
  }

  /// Ends a call by the name that its caller gave it.
  public func cancel(_ name: String, of service: ServiceName, at now: Timestamp) throws(ServiceRefusal) {
    perform(try change { book throws(ServiceRefusal) in try book.cancel(name, of: service, at: now) }, now)
  }

  /// The caller has left: the call ends, if it has not yet.
  public func abandon(_ call: ServiceCall, at now: Timestamp) {
    perform(book.withLock { $0.end(call.number, .cancelled, at: now) }, now)
  }

  /// Ends what is overdue.
  public func tick(_ now: Timestamp) { perform(book.withLock { $0.tick(now) }, now) }

  /// When `tick` has something to do; `nil` when nothing waits.
  public var nextDeadline: Timestamp? { book.withLock { $0.nextDeadline } }

  /// Calls under way.
  public var callCount: Int { book.withLock { $0.callCount } }
  /// Services that are offered.
  public var serviceCount: Int { book.withLock { $0.serviceCount } }

  private func change<Value: Sendable>(
    _ body: (inout ServiceBook) throws(ServiceRefusal) -> Value
  ) throws(ServiceRefusal) -> Value {
    try book.withLock { book throws(ServiceRefusal) in try body(&book) }
  }

  /// Until nothing follows: a call whose taker has left leads to the next taker.
  private func perform(_ actions: [ServiceAction], _ now: Timestamp) {
    var pending = actions[...]
    while let action = pending.popFirst() {
      switch action {
      case .wake(let wake): wake()
      case .turnAway(let taker): _ = taker.deliver(nil)
      case .hand(let call, let taker):
        if !call.isAwaited() {
          pending += book.withLock { $0.giveUp(call, taker, at: now) }
        } else if !taker.deliver(call) {
          pending += book.withLock { $0.giveBack(call, at: now) }
        }
      }
    }
  }
}

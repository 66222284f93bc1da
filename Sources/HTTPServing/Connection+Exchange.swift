import CMicrohttpd
import Synchronization

/// The course of one request; every function runs inside a callback of the library.
///
///     idle --target--> targetKnown --admit--> collecting | receiving --last call--> replied | parked
///     targetKnown --refuse--> replied (closing) | refused --last call--> replied
///     parked --completed or expired--> replied        any --ended--> idle
extension Connection {
  /// The request line has arrived.
  func beginRequest(_ core: ServerCore) {
    phase = .targetKnown
    handshakeWatch = nil
    isBusy.store(true, ordering: .sequentiallyConsistent)
    core.counters.activeRequests.add(1, ordering: .sequentiallyConsistent)
    core.counters.requests.add(1, ordering: .relaxed)
    expire(at: core.clock.milliseconds + UInt64(core.limits.headDeadline * 1000))
  }

  /// The head is complete: the library's first call.
  func headArrived(
    _ core: ServerCore, on connection: OpaquePointer, url: UnsafePointer<CChar>,
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) -> MHD_Result {
    var mayHaveBody = true
    do throws(GuardFault) {
      let head = try unsafe withUnsafeTemporaryAllocation(
        of: mhd_field.self, capacity: core.limits.headerCount + 1
      ) { fields throws(GuardFault) in
        let raw = unsafe RawHead(
          connection: connection, method: method, version: version, url: url, target: target, fields: fields)
        return try core.requestGuard.inspect(raw, peer: peer, mayHaveBody: &mayHaveBody)
      }
      self.head = head
      return unsafe admit(head, core, on: connection)
    } catch {
      return unsafe refuse(error, core, on: connection, mayHaveBody: mayHaveBody)
    }
  }

  private func admit(_ head: HTTPRequestHead, _ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    switch core.application.admit(head) {
    case .refuse(let response):
      return unsafe refuse(response, core, on: connection, closing: head.hasBody)
    case .collect(let limit, let respond):
      if let length = head.contentLength {
        guard length <= limit else {
          return unsafe refuse(.bodyTooLarge, core, on: connection, mayHaveBody: true)
        }
        body.reserveCapacity(min(length, Self.reservedBodyBytes))
      }
      phase = .collecting(limit: limit, respond: respond)
    case .receive(let receiver):
      let resumer = BodyResumer()
      core.opened(resumer)
      phase = .receiving(receiver, resumer)
    }
    bodyStart = core.clock.milliseconds
    bodyBytes = 0
    expire(at: head.hasBody ? bodyDeadline(core.limits) : 0)
    return .YES
  }

  /// A client can announce more than it sends: beyond this, memory grows with what comes.
  private static let reservedBodyBytes = 1 << 20

  private func bodyDeadline(_ limits: HTTPLimits) -> UInt64 {
    let earned = UInt64(bodyBytes) * 1000 / UInt64(limits.bytesPerSecond)
    return bodyStart + UInt64(limits.bodyDeadline * 1000) + earned
  }

  // MARK: Body

  /// A piece of the body; `size` becomes 0 when it was taken.
  func bodyArrived(
    _ core: ServerCore, on connection: OpaquePointer, chunk: UnsafeRawBufferPointer,
    size: UnsafeMutablePointer<Int>
  ) -> MHD_Result {
    switch phase {
    case .collecting(let limit, _):
      unsafe size.pointee = 0
      bodyBytes += chunk.count
      guard bodyBytes <= limit else {
        return unsafe stop(with: core.application.refusal(.bodyTooLarge, head: head), core, on: connection)
      }
      unsafe body.append(contentsOf: chunk)
    case .receiving(let receiver, let resumer):
      // The library may offer the next chunk of one read although the connection is parked.
      if resumer.suspension.isSuspended { return .YES }
      unsafe size.pointee = 0
      bodyBytes += chunk.count
      resumer.suspension.rearm()
      switch unsafe receiver.receive(chunk, resume: resumer) {
      case .more: break
      case .stop(let response): return unsafe stop(with: response, core, on: connection)
      case .paused: return unsafe pause(resumer, core, on: connection)
      }
    case .idle, .targetKnown, .refused, .parked, .replied:
      unsafe size.pointee = 0
      return .YES
    }
    expire(at: bodyDeadline(core.limits))
    return .YES
  }

  private func pause(_ resumer: BodyResumer, _ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    // The time that we let the client wait is not the client's: its deadline starts anew afterwards.
    expire(at: 0)
    let outcome = unsafe resumer.suspension.suspend(
      ConnectionReference(connection), unless: core.isStopping)
    bodyStart = core.clock.milliseconds
    bodyBytes = 0
    if outcome == .signalled { expire(at: bodyDeadline(core.limits)) }
    return outcome == .refused ? .NO : .YES
  }

  /// Answers before the body is complete, which the library cannot: past it, and then it closes.
  private func stop(
    with response: HTTPResponse, _ core: ServerCore, on connection: OpaquePointer
  ) -> MHD_Result {
    if case .receiving(_, let resumer) = phase { core.closed(resumer) }
    phase = .replied
    lingers = true
    unsafe ResponseWriter.sendPast(response, on: connection)
    return .NO
  }

  // MARK: Answer

  /// The request is complete, or a parked reply may have been completed.
  func answer(_ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    switch phase {
    case .refused(let response):
      return unsafe queue(response, core, on: connection)
    case .collecting(_, let respond):
      guard let head else { return .NO }
      let request = HTTPRequest(head: head, body: body)
      body = []
      return unsafe send(respond(request), core, on: connection)
    case .receiving(let receiver, let resumer):
      if resumer.suspension.isSuspended { return .YES }
      core.closed(resumer)
      phase = .replied
      return unsafe send(receiver.finish(), core, on: connection)
    case .parked(let reply):
      return unsafe settle(reply, core, on: connection)
    case .idle, .targetKnown, .replied:
      return .YES
    }
  }

  private func send(_ reply: HTTPReply, _ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    switch reply {
    case .now(let response):
      return unsafe queue(response, core, on: connection)
    case .later(let reply):
      phase = .parked(reply)
      expire(at: 0)
      core.parked(reply)
      return unsafe settle(reply, core, on: connection)
    case .stream(let stream):
      phase = .replied
      expire(at: 0)
      return unsafe ResponseWriter.queue(stream, on: connection, core: core, isHead: head?.method == "HEAD")
    }
  }

  /// Sends what a parked reply was completed with, or parks the connection (again).
  private func settle(_ reply: PendingReply, _ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    while true {
      if let render = reply.take() {
        core.unparked(reply)
        return unsafe send(render(), core, on: connection)
      }
      switch unsafe reply.suspension.suspend(ConnectionReference(connection), unless: core.isStopping) {
      case .suspended: return .YES
      case .signalled: continue
      case .refused: reply.expire()
      }
    }
  }

  private func queue(_ response: HTTPResponse, _ core: ServerCore, on connection: OpaquePointer) -> MHD_Result {
    precondition((200...999).contains(response.status), "not the status of a final response")
    phase = .replied
    let earned = UInt64(response.body.count) * 1000 / UInt64(core.limits.bytesPerSecond)
    expire(at: core.clock.milliseconds + UInt64(core.limits.bodyDeadline * 1000) + earned)
    let closing = core.isDraining.load(ordering: .relaxed)
    return unsafe ResponseWriter.queue(response, on: connection, closing: closing)
  }

  // MARK: Refusal

  private func refuse(
    _ fault: GuardFault, _ core: ServerCore, on connection: OpaquePointer, mayHaveBody: Bool
  ) -> MHD_Result {
    core.counters.refusedRequests.add(1, ordering: .relaxed)
    let response = core.application.refusal(fault, head: head)
    return unsafe refuse(response, core, on: connection, closing: fault.closesConnection || mayHaveBody)
  }

  /// The library closes a connection whose first call is answered; the answer to one that may stay waits
  /// for the last call.
  private func refuse(
    _ response: HTTPResponse, _ core: ServerCore, on connection: OpaquePointer, closing: Bool
  ) -> MHD_Result {
    guard closing || response.closesConnection else {
      phase = .refused(response)
      return .YES
    }
    lingers = true
    return unsafe queue(response, core, on: connection)
  }

  // MARK: End

  /// The answer is sent, or the request came to nothing.
  func endRequest(_ core: ServerCore) {
    switch phase {
    case .receiving(let receiver, let resumer):
      resumer.suspension.detach()
      core.closed(resumer)
      receiver.abandoned()
    case .parked(let reply):
      core.unparked(reply)
      reply.abandon()
    case .idle, .targetKnown, .refused, .collecting, .replied: break
    }
    phase = .idle
    head = nil
    body = []
    let patience = core.limits.idleTimeout + core.limits.headDeadline
    expire(at: core.clock.milliseconds + UInt64(patience * 1000))
    isBusy.store(false, ordering: .sequentiallyConsistent)
    core.counters.activeRequests.subtract(1, ordering: .sequentiallyConsistent)
  }
}

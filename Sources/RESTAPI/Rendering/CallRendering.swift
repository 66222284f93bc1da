import HTTPServing
import Messaging
import Vocabulary

/// Calls and their answers as HTTP says them.
enum CallRendering {
  /// A whole answer, in the type that the answerer gave: bytes of somebody else, which no browser may run.
  static func response(_ body: [UInt8], _ mediaType: String, _ requestID: String) -> HTTPResponse {
    Answers.bytes(
      200, mediaType, requestID,
      headers: [
        HeaderField(name: "X-Content-Type-Options", value: "nosniff"),
        HeaderField(name: "Content-Security-Policy", value: "sandbox"),
      ], body)
  }

  /// - Precondition: the call was not answered.
  static func problem(_ end: ServiceCall.End) -> Problem {
    switch end {
    case .answered: preconditionFailure("an answer is no problem")
    case .failed(let reason): return Problem(502, "call_failed", reason)
    case .outOfTime: return Problem(504, "deadline", "no answer came in time")
    case .cancelled: return Problem(409, "cancelled", "the call was cancelled")
    case .nobodyServes: return Problem(ServiceRefusal.nobodyServes)
    }
  }

  static func event(_ name: String, _ payload: MessagePayload, _ form: EventStream.Form) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 64 + payload.bytes.count * 3 / 2)
    writer.object { writer in
      if form == .lines { writer.field("event", name) }
      MessageRendering.write(payload, to: &writer)
    }
    return framed(name, writer.take(), form)
  }

  /// The last event of a streamed answer.
  static func event(_ end: ServiceCall.End, _ form: EventStream.Form) -> [UInt8] {
    if case .answered(let payload) = end { return event("end", payload, form) }
    let problem = problem(end)
    var writer = JSONWriter(reservingCapacity: 128)
    writer.object { writer in
      if form == .lines { writer.field("event", "error") }
      writer.field("status", problem.status)
      writer.field("code", problem.code)
      writer.field("detail", problem.detail)
    }
    return framed("error", writer.take(), form)
  }

  private static func framed(_ name: String, _ data: [UInt8], _ form: EventStream.Form) -> [UInt8] {
    form == .lines ? data + [UInt8(ascii: "\n")] : MessageRendering.event(name, data)
  }
}

extension Problem {
  init(_ refusal: ServiceRefusal) {
    switch refusal {
    case .nobodyServes:
      self.init(503, "nobody_serves", "nobody offers this service right now")
      retryAfter = 1
    case .tooManyWaiting(let limit): self.init(busy: "\(limit) calls wait for this service")
    case .tooManyCalls(let limit): self.init(busy: "\(limit) calls are under way")
    case .tooManyTakers(let limit): self.init(busy: "\(limit) takers wait for calls of this service")
    case .tooManyServices(let limit): self.init(busy: "\(limit) services are offered")
    case .callerBehind(let limit):
      self.init(429, "caller_behind", "the caller has not read what was sent before: \(limit) bytes may wait")
      retryAfter = 1
    case .callExists: self.init(409, "call_exists", "a call of that id is under way")
    case .callOver: self.init(409, "call_over", "the call has ended: it was answered, cancelled, or its time was up")
    case .unknownCall: self = .notFound
    }
  }

  private init(busy detail: String) {
    self.init(429, "too_many_calls", detail)
    retryAfter = 1
  }
}

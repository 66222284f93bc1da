import HTTPServing
import Hosting

extension API {
  /// Answers with a stream in the form that the caller prefers, as far as the caller may open one more.
  func openStream(
    _ context: RequestContext, among types: [String] = [MediaTypes.eventStream, MediaTypes.ndjson],
    _ makeSource: (Caller, EventStream.Form) throws(Problem) -> any StreamSource
  ) throws(Problem) -> HTTPReply {
    let isLines = MediaTypes.preferred(context.head, among: types) == MediaTypes.ndjson
    let type = isLines ? MediaTypes.ndjson : MediaTypes.eventStream
    return try openStream(context, type: type) { caller throws(Problem) in
      try makeSource(caller, isLines ? .lines : .serverSentEvents)
    }
  }

  func openStream(
    _ context: RequestContext, type: String, headers more: [HeaderField] = [],
    _ makeSource: (Caller) throws(Problem) -> any StreamSource
  ) throws(Problem) -> HTTPReply {
    guard let caller = context.caller else { throw .unauthorized }
    let headers =
      [
        HeaderField(name: "Content-Type", value: type),
        HeaderField(name: "Cache-Control", value: "no-store"),
        HeaderField(name: "X-Request-Id", value: context.requestID),
        HeaderField(name: "X-Accel-Buffering", value: "no"),
      ] + more
    // HEAD opens no stream.
    guard context.head.method != "HEAD" else { return .now(HTTPResponse(status: 200, headers: headers)) }
    try streamCounts.take(caller)
    do throws(Problem) {
      let source = try makeSource(caller)
      return .stream(HTTPStreamResponse(headers: headers, source: source))
    } catch {
      streamCounts.release(caller)
      throw error
    }
  }
}

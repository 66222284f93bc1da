import HTTPServing
import Hosting

extension API {
  /// Answers with a stream in the form that the caller prefers, as far as the caller may open one more.
  func openStream(
    _ context: RequestContext, _ makeSource: (Caller, EventStream.Form) throws(Problem) -> any StreamSource
  ) throws(Problem) -> HTTPReply {
    guard let caller = context.caller else { throw .unauthorized }
    let form = MediaTypes.preferred(context.head, among: [MediaTypes.eventStream, MediaTypes.ndjson])
    let isLines = form == MediaTypes.ndjson
    let headers = [
      HeaderField(name: "Content-Type", value: isLines ? MediaTypes.ndjson : MediaTypes.eventStream),
      HeaderField(name: "Cache-Control", value: "no-store"),
      HeaderField(name: "X-Request-Id", value: context.requestID),
      HeaderField(name: "X-Accel-Buffering", value: "no"),
    ]
    // HEAD opens no stream.
    guard context.head.method != "HEAD" else { return .now(HTTPResponse(status: 200, headers: headers)) }
    try streamCounts.take(caller)
    do throws(Problem) {
      let source = try makeSource(caller, isLines ? .lines : .serverSentEvents)
      return .stream(HTTPStreamResponse(headers: headers, source: source))
    } catch {
      streamCounts.release(caller)
      throw error
    }
  }
}

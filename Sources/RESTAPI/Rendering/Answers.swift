import HTTPServing
import Vocabulary

/// Responses in the forms that routes share.
enum Answers {
  static func json(
    _ status: Int = 200, _ requestID: String, headers: [HeaderField] = [], _ body: [UInt8]
  ) -> HTTPResponse {
    bytes(status, MediaTypes.json, requestID, headers: headers, body)
  }

  static func bytes(
    _ status: Int = 200, _ type: String, _ requestID: String, headers: [HeaderField] = [], _ body: [UInt8]
  ) -> HTTPResponse {
    var fields = [
      HeaderField(name: "Content-Type", value: type), HeaderField(name: "X-Request-Id", value: requestID),
      HeaderField(name: "Cache-Control", value: "no-store"),
    ]
    fields += headers
    return HTTPResponse(status: status, headers: fields, body: body)
  }

  /// It is done, and there is nothing to tell.
  static func noContent(_ requestID: String, headers: [HeaderField] = []) -> HTTPResponse {
    HTTPResponse(status: 204, headers: [HeaderField(name: "X-Request-Id", value: requestID)] + headers)
  }

  static func object(
    _ status: Int = 200, _ requestID: String, headers: [HeaderField] = [], _ write: (inout JSONWriter) -> Void
  ) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 512)
    writer.object { write(&$0) }
    return json(status, requestID, headers: headers, writer.take())
  }
}

import HTTPServing
import Jobspec
import Vocabulary

/// Why a request was not carried out, as its caller reads it.
/// - Source: RFC 9457; `code` is for programs and stable within `/v1`.
struct Problem: Error, Sendable {
  let status: Int
  let code: String
  let detail: String
  var faults: [Fault] = []
  /// Seconds, for 429 and 503.
  var retryAfter: Int?
  var extraHeaders: [HeaderField] = []
  /// Set where history is gone: where a client may begin again.
  var oldest: Position?
  /// The same for a namespace's history.
  var oldestRevision: UInt64?
  var closesConnection = false

  init(_ status: Int, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }

  var title: String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Error"
    }
  }

  /// The members of the problem object, without the braces' owner: also used for lines of a bulk answer.
  func write(to writer: inout JSONWriter, requestID: String?) {
    writer.object { writer in
      writer.field("type", "about:blank")
      writer.field("title", title)
      writer.field("status", status)
      writer.field("detail", detail)
      writer.field("code", code)
      if let requestID { writer.field("request_id", requestID) }
      if let oldest { writer.field("oldest", oldest.text) }
      if let oldestRevision { writer.field("oldest_revision", oldestRevision) }
      guard !faults.isEmpty else { return }
      writer.name("errors")
      writer.array { writer in
        for fault in faults {
          writer.object { writer in
            writer.field("pointer", fault.pointer)
            writer.field("message", fault.message)
          }
        }
      }
    }
  }

  func response(requestID: String) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 256)
    write(to: &writer, requestID: requestID)
    var headers = [HeaderField(name: "Content-Type", value: "application/problem+json")] + extraHeaders
    headers.append(HeaderField(name: "X-Request-Id", value: requestID))
    headers.append(HeaderField(name: "Cache-Control", value: "no-store"))
    if let retryAfter { headers.append(HeaderField(name: "Retry-After", value: String(retryAfter))) }
    if status == 401 { headers.append(HeaderField(name: "WWW-Authenticate", value: "Bearer")) }
    return HTTPResponse(status: status, headers: headers, body: writer.take(), closesConnection: closesConnection)
  }
}

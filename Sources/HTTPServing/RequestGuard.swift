import CMicrohttpd

/// Decides, before anything else sees it, whether a request is one that every parser reads alike.
///
/// The library accepts ambiguous framing, folded lines, bare LF, cut NULs and more; a proxy in front may
/// read such a request otherwise, which is how requests are smuggled.  Whatever is refused here is answered
/// in the library's first call, before a byte of the body is read.
/// - Source: RFC 9112 sections 2 to 6, RFC 9110 section 5, RFC 3986.
struct RequestGuard: Sendable {
  let limits: HTTPLimits
  /// Whether the library is the version whose read buffer `HeadLayout` knows.
  let checksLayout: Bool
  let permitsBody: @Sendable (HTTPRequestHead) -> Bool

  /// The head as a value, or why it is refused.
  ///
  /// `mayHaveBody` becomes false as soon as it is certain that the request ends with its head: only then
  /// can the connection outlive a refusal.
  func inspect(
    _ raw: borrowing RawHead, peer: Peer, mayHaveBody: inout Bool
  ) throws(GuardFault) -> HTTPRequestHead {
    guard raw.version == "HTTP/1.1" || raw.version == "HTTP/1.0" else {
      throw GuardFault(505, "version_not_supported", "This server speaks HTTP/1.1 and HTTP/1.0.")
    }
    let isOld = raw.version == "HTTP/1.0"
    guard raw.headSize <= limits.headBytes else { throw Self.headTooLarge("The head is too long.") }
    guard raw.fieldCount <= limits.headerCount else {
      throw Self.headTooLarge("There are too many header fields.")
    }
    if checksLayout { try raw.checkLayout() }
    var fields = FieldInspector(limits: limits, isOld: isOld)
    let storage = try fields.inspect(raw)
    try fields.checkWhole()
    mayHaveBody = fields.isChunked || (fields.contentLength ?? 0) > 0
    let method = try Self.method(raw)
    let target = try TargetParser(limits: limits).parse(raw.target)
    let head = HTTPRequestHead(
      method: method, path: target.path, query: target.query, peer: peer,
      contentLength: fields.contentLength, isChunked: fields.isChunked, storage: storage)
    if head.hasBody, method != "POST", method != "PUT", method != "PATCH", !permitsBody(head) {
      throw .unexpectedBody
    }
    return head
  }

  private static func method(_ raw: borrowing RawHead) throws(GuardFault) -> String {
    let method = raw.method
    switch method {
    // No resource takes TRACE, but only the application can say what it takes instead.
    case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE": return method
    case "CONNECT": throw .target("This server is no proxy.").closing
    default:
      guard !method.isEmpty, method.utf8.allSatisfy(\.isTokenByte) else {
        throw .framing("The method is not a token.")
      }
      throw GuardFault(501, "method_not_known", "The method is not known.")
    }
  }

  static func headTooLarge(_ detail: String) -> GuardFault { GuardFault(431, "head_too_large", detail) }
}

extension GuardFault {
  /// The same fault, with the connection given up.
  var closing: GuardFault { GuardFault(status, code, detail) }
}

extension UInt8 {
  /// Whether the byte may stand in a token (RFC 9110, 5.6.2).
  var isTokenByte: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  var isASCIIDigit: Bool { self &- 48 < 10 }

  /// The value of a hexadecimal digit; nil for any other byte.
  var hexValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - 55
    default: nil
    }
  }
}

import HTTPServing
import Messaging
import Vocabulary

/// Reads payloads: a body with its media type, or the members of a JSON object.
enum PayloadReader {
  static let unnamedType = "application/octet-stream"
  static let textType = "text/plain; charset=utf-8"
  /// A field that answers repeat in their own head.
  static let mediaTypeBytes = 255
  /// The members that carry a payload.
  static let members = ["value", "base64", "json", "media_type"]

  /// The whole body, as whatever its sender calls it.
  static func payload(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> MessagePayload {
    let type = context.head.header("content-type") ?? unnamedType
    guard isMediaType(type) else {
      throw Problem(415, "unsupported_media_type", "Content-Type is no media type of at most \(mediaTypeBytes) bytes")
    }
    return MessagePayload(mediaType: type, bytes: body)
  }

  /// At most one of `value`, `base64` and `json`; without any, it is empty.
  static func payload(_ fields: ClosedObject) throws(Problem) -> MessagePayload {
    let type = fields.given("media_type")
    guard type == nil || type?.string.map(isMediaType) ?? false else {
      throw Problem(invalid: "/media_type", "must be a media type of at most \(mediaTypeBytes) bytes")
    }
    let given = ["value", "base64", "json"].compactMap { name in fields.given(name).map { (name, $0) } }
    guard given.count <= 1 else {
      throw Problem(invalid: "/\(given[1].0)", "must not come with \(given[0].0): a payload is given once")
    }
    let payload = try payload(given.first, type?.string)
    guard payload.bytes.count <= MessagePayload.maximumBytes else {
      throw Problem(invalid: "/\(given[0].0)", "must hold at most \(MessagePayload.maximumBytes) bytes")
    }
    return payload
  }

  private static func payload(
    _ given: (name: String, value: JSONValue)?, _ type: String?
  ) throws(Problem) -> MessagePayload {
    guard let given else { return MessagePayload(mediaType: type ?? unnamedType, bytes: []) }
    switch given.name {
    case "json":
      var bytes: [UInt8] = []
      given.value.appendJSON(to: &bytes)
      return MessagePayload(mediaType: type ?? MediaTypes.json, bytes: bytes)
    case "value":
      guard let text = given.value.string else { throw Problem(invalid: "/value", "must be a text") }
      return MessagePayload(mediaType: type ?? textType, bytes: Array(text.utf8))
    default:
      guard let text = given.value.string, let bytes = Base64.decode(text) else {
        throw Problem(invalid: "/base64", "must be bytes in base64, with padding")
      }
      return MessagePayload(mediaType: type ?? unnamedType, bytes: bytes)
    }
  }

  /// `type/subtype` and what may follow it, in printable ASCII.
  /// - Source: RFC 9110 §8.3.1.
  static func isMediaType(_ text: String) -> Bool {
    guard text.utf8.count <= mediaTypeBytes, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return false }
    let parts = text.prefix { $0 != ";" && $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isTokenByte) }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 32) && byte != 0x40 || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

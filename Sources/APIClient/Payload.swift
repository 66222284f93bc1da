public import Vocabulary

/// Bytes and what they are, as messages and calls carry them.
public struct Payload: Sendable, Equatable {
  public let mediaType: String
  public let bytes: [UInt8]

  public init(mediaType: String, bytes: [UInt8]) {
    self.mediaType = mediaType
    self.bytes = bytes
  }

  /// Of something that nobody has named: text where it is text.
  public init(guessing bytes: [UInt8]) {
    let isText = PayloadText.text(of: bytes) != nil
    self.init(mediaType: isText ? "text/plain; charset=utf-8" : "application/octet-stream", bytes: bytes)
  }

  /// What the members `media_type`, `value` and `base64` of an object say; `nil` where there is no payload.
  public init?(_ json: JSONValue) {
    guard let type = json["media_type"]?.string else { return nil }
    mediaType = type
    if let text = json["value"]?.string {
      bytes = Array(text.utf8)
    } else if let text = json["base64"]?.string, let decoded = Base64.decode(text) {
      bytes = decoded
    } else {
      return nil
    }
  }

  /// Adds the members that say it.
  func write(to object: inout JSONObject) {
    object["media_type"] = .string(mediaType)
    if let text = PayloadText.text(of: bytes) {
      object["value"] = .string(text)
    } else {
      object["base64"] = .string(Base64.encode(bytes))
    }
  }
}

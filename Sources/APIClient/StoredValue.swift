public import Vocabulary

/// What the broker says about a value besides its bytes.
public struct StoredValue: Sendable, Equatable {
  /// As it was written; empty where the broker did not say.
  public let mediaType: String
  /// Of the commit that last changed the key; 0 where the broker did not say.
  public let revision: UInt64

  public init(mediaType: String, revision: UInt64) {
    self.mediaType = mediaType
    self.revision = revision
  }

  /// The bytes in an object with a member `value` or `base64`; `nil` when it has neither, as one that names a
  /// blob.
  public static func bytes(in json: JSONValue) -> [UInt8]? {
    if let text = json["value"]?.string { return Array(text.utf8) }
    return json["base64"]?.string.flatMap { Base64.decode($0) }
  }
}

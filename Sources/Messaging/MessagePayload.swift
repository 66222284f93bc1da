/// Bytes and what they are.
public struct MessagePayload: Sendable, Equatable {
  /// Of one message, one call or one reply.
  public static let maximumBytes = 256 * 1_024

  public let mediaType: String
  public let bytes: [UInt8]

  public init(mediaType: String, bytes: [UInt8]) {
    self.mediaType = mediaType
    self.bytes = bytes
  }
}

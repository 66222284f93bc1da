public import Vocabulary

/// A server's certificate with its key, as PEM text.
public struct LeafCertificate: Sendable, CustomStringConvertible {
  /// 397 days is the longest that clients accept (CA/Browser Forum baseline requirements, 6.3.2); one day is
  /// kept for the backdating.
  static let lifetime = TimeSpan.seconds(396 * 86_400)
  /// A month before it expires: time enough for a person to see a failing renewal.
  static let renewalMargin = TimeSpan.seconds(30 * 86_400)

  public let certificatePEM: String
  /// PKCS #8, not encrypted.
  public let keyPEM: String

  public init(certificatePEM: String, keyPEM: String) {
    self.certificatePEM = certificatePEM
    self.keyPEM = keyPEM
  }

  /// Never shows the key.
  public var description: String { "LeafCertificate(key withheld)" }

  /// Whether less than a month of it is left, or it cannot be read at all.
  public func leafNeedsRenewal(at now: Timestamp) -> Bool {
    guard let expiry = try? Certificate(pem: certificatePEM).expiry() else { return true }
    return now.advanced(by: Self.renewalMargin) >= expiry
  }
}

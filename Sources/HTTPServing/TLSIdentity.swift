/// The certificate chain and the key that the server shows, as PEM text.
public struct TLSIdentity: Sendable, Equatable {
  public var certificateChainPEM: String
  public var privateKeyPEM: String

  public init(certificateChainPEM: String, privateKeyPEM: String) {
    self.certificateChainPEM = certificateChainPEM
    self.privateKeyPEM = privateKeyPEM
  }

  /// Whether a server could show it.
  /// - Throws: `unusableIdentity`.
  public func check() throws(HTTPServerError) { _ = try TLSCredentials(self) }
}

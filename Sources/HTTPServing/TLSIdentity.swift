/// The certificate chain and the key that the server shows, as PEM text.
public struct TLSIdentity: Sendable {
  public var certificateChainPEM: String
  public var privateKeyPEM: String

  public init(certificateChainPEM: String, privateKeyPEM: String) {
    self.certificateChainPEM = certificateChainPEM
    self.privateKeyPEM = privateKeyPEM
  }
}

public import Vocabulary

/// What a broker shows its clients: an authority and a leaf, kept in one folder.
///
/// `ca.pem` is for clients to read. `ca-key.pem` and `server.pem` hold certificate and key together, so that
/// one rename replaces both and no crash leaves a key beside another's certificate.
public struct ServerIdentity: Sendable {
  public let authorityPEM: String
  public let leaf: LeafCertificate
  /// When the leaf expires.
  public let expiry: Timestamp

  /// Opens the identity in `folder`; mints what is missing, expiring or lacks a name.
  ///
  /// - Parameter names: the names the server is dialled under; `loopback` ones are added.
  public static func openOrMint(
    in folder: String, label: String, names: [SubjectName], at now: Timestamp
  ) throws(ServerIdentityError) -> ServerIdentity {
    do {
      let authority = try openOrMintAuthority(in: folder, label: label, at: now)
      let authorityPEM = try authority.certificatePEM()
      try SecretFile.write(Array(authorityPEM.utf8), to: "\(folder)/ca.pem", mode: 0o644)
      let wanted = names + loopback.filter { !names.contains($0) }
      let leaf = try openOrIssueLeaf(in: folder, authority, wanted, at: now)
      let expiry = try Certificate(pem: leaf.certificatePEM).expiry()
      return ServerIdentity(authorityPEM: authorityPEM, leaf: leaf, expiry: expiry)
    } catch let error as CryptographyError {
      throw .cryptography(error)
    } catch let error as SecretFileError {
      throw .file(error)
    } catch {
      preconditionFailure("Only the two kinds above are thrown here: \(error)")
    }
  }

  /// `localhost` in every spelling.
  private static let loopback = ["localhost", "127.0.0.1", "::1"].compactMap { SubjectName($0) }

  private static func openOrMintAuthority(
    in folder: String, label: String, at now: Timestamp
  ) throws -> CertificateAuthority {
    let path = "\(folder)/ca-key.pem"
    if let bytes = try SecretFile.read(path) {
      let text = String(decoding: bytes, as: UTF8.self)
      return try CertificateAuthority(certificatePEM: text, keyPEM: text)
    }
    let fresh = try CertificateAuthority(mintingFor: label, at: now)
    try SecretFile.write(Array((try fresh.certificatePEM() + fresh.keyPEM()).utf8), to: path)
    return fresh
  }

  private static func openOrIssueLeaf(
    in folder: String, _ authority: borrowing CertificateAuthority, _ names: [SubjectName], at now: Timestamp
  ) throws -> LeafCertificate {
    let path = "\(folder)/server.pem"
    if let bytes = try SecretFile.read(path) {
      let text = String(decoding: bytes, as: UTF8.self)
      let kept = LeafCertificate(certificatePEM: text, keyPEM: text)
      if authority.vouches(for: kept, names: names, at: now) { return kept }
    }
    let fresh = try authority.issueLeaf(names: names, at: now)
    try SecretFile.write(Array((fresh.certificatePEM + fresh.keyPEM).utf8), to: path)
    return fresh
  }
}

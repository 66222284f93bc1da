import COpenSSL
public import Vocabulary

/// The broker's own authority: signs the certificates that its clients check against `ca.pem`.
///
/// Its key never leaves the broker. Nobody but this broker's clients trusts it.
@safe public struct CertificateAuthority: ~Copyable {
  /// Ten years: clients pin it, so replacing it is a person's decision.
  private static let lifetime = TimeSpan.seconds(3_652 * 86_400)
  /// One hour before now, so that clients whose clocks are behind accept a fresh certificate.
  private static let backdating = TimeSpan.seconds(-3_600)
  /// 128 random bits; RFC 5280, section 4.1.2.2 allows 20 octets.
  private static let serialLength = 16

  private let certificate: Certificate
  private let key: PrivateKey

  /// A new authority.
  ///
  /// - Parameter label: tells brokers apart where people read certificates: the host's name, say.
  public init(mintingFor label: String, at now: Timestamp) throws(CryptographyError) {
    let key = try PrivateKey()
    let certificate = try Certificate()
    try Self.describe(certificate, key, commonName: "Sluice CA \(label)", from: now, for: Self.lifetime)
    try Self.setIssuer(of: certificate, to: certificate)
    for (nid, value) in [
      (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
      (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid:always"),
    ] { try Self.extend(certificate, issuer: certificate, nid, value) }
    try Self.sign(certificate, key)
    self.certificate = certificate
    self.key = key
  }

  /// An authority read back from what `certificatePEM()` and `keyPEM()` wrote.
  public init(certificatePEM: String, keyPEM: String) throws(CryptographyError) {
    let certificate = try Certificate(pem: certificatePEM)
    let key = try PrivateKey(pem: keyPEM)
    guard certificate.matches(key) else {
      throw CryptographyError(operation: "use an authority whose key belongs to another certificate")
    }
    self.certificate = certificate
    self.key = key
  }

  public func certificatePEM() throws(CryptographyError) -> String { try certificate.pem() }
  public func keyPEM() throws(CryptographyError) -> String { try key.pem() }
  public func expiry() throws(CryptographyError) -> Timestamp { try certificate.expiry() }

  /// A certificate for a server that can be dialled under `names`.
  ///
  /// - Parameter names: at least one; the first is also the subject.
  public func issueLeaf(names: [SubjectName], at now: Timestamp) throws(CryptographyError) -> LeafCertificate {
    precondition(!names.isEmpty, "A certificate without names is accepted by no client")
    let key = try PrivateKey()
    let leaf = try Certificate()
    try Self.describe(leaf, key, commonName: names[0].text, from: now, for: LeafCertificate.lifetime)
    try Self.setIssuer(of: leaf, to: certificate)
    for (nid, value) in [
      (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
      (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
      (NID_authority_key_identifier, "keyid:always"),
      (NID_subject_alt_name, names.map(\.extensionText).joined(separator: ",")),
    ] { try Self.extend(leaf, issuer: certificate, nid, value) }
    try Self.sign(leaf, self.key)
    return LeafCertificate(certificatePEM: try leaf.pem(), keyPEM: try key.pem())
  }

  /// Whether `leaf` can serve on: ours, key fits, covers every name, not about to expire.
  public func vouches(for leaf: LeafCertificate, names: [SubjectName], at now: Timestamp) -> Bool {
    guard !leaf.leafNeedsRenewal(at: now), let read = try? Certificate(pem: leaf.certificatePEM),
      let key = try? PrivateKey(pem: leaf.keyPEM)
    else { return false }
    guard read.matches(key), read.isSigned(by: certificate) else { return false }
    for name in names where !read.covers(name) { return false }
    return true
  }
}

extension CertificateAuthority {
  /// Version, serial, subject, validity and public key.
  private static func describe(
    _ certificate: borrowing Certificate, _ key: borrowing PrivateKey, commonName: String,
    from now: Timestamp,
    for lifetime: TimeSpan
  ) throws(CryptographyError) {
    let handle = unsafe certificate.handle
    // Version 3 is written as 2.
    try checked("set a certificate's version") { unsafe X509_set_version(handle, 2) }
    try setSerial(of: certificate)
    let name = Array(commonName.utf8.prefix(maximumCommonName))
    try checked("set a certificate's subject") {
      unsafe X509_NAME_add_entry_by_txt(
        X509_get_subject_name(handle), "CN", MBSTRING_UTF8, name, CInt(name.count), -1, 0)
    }
    let begin = time_t(now.advanced(by: backdating).microseconds / 1_000_000)
    let end = time_t(now.advanced(by: lifetime).microseconds / 1_000_000)
    let first = unsafe ASN1_TIME_set(X509_getm_notBefore(handle), begin)
    let last = unsafe ASN1_TIME_set(X509_getm_notAfter(handle), end)
    guard unsafe first != nil, unsafe last != nil else {
      throw CryptographyError.capture("set a certificate's validity")
    }
    try checked("set a certificate's key") { unsafe X509_set_pubkey(handle, key.key) }
  }

  /// The longest common name (RFC 5280, `ub-common-name`); the names that count are in the extension.
  private static var maximumCommonName: Int { 64 }

  private static func setSerial(of certificate: borrowing Certificate) throws(CryptographyError) {
    var bytes = SecureRandom.bytes(serialLength)
    // Never zero, which RFC 5280 forbids.
    bytes[0] |= 1
    let number = try unsafe opened("make a serial number") { unsafe BN_bin2bn(bytes, CInt(bytes.count), nil) }
    defer { unsafe BN_free(number) }
    let serial = unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.handle))
    guard unsafe serial != nil else { throw CryptographyError.capture("set a serial number") }
  }

  private static func setIssuer(
    of certificate: borrowing Certificate, to issuer: borrowing Certificate
  ) throws(CryptographyError) {
    let (subject, authority) = unsafe (certificate.handle, issuer.handle)
    try checked("set a certificate's issuer") {
      unsafe X509_set_issuer_name(subject, X509_get_subject_name(authority))
    }
  }

  private static func extend(
    _ certificate: borrowing Certificate, issuer: borrowing Certificate, _ nid: CInt, _ value: String
  ) throws(CryptographyError) {
    var context = unsafe X509V3_CTX()
    unsafe X509V3_set_ctx(&context, issuer.handle, certificate.handle, nil, nil, 0)
    let made = try unsafe opened("make a certificate's extension \(nid)") {
      unsafe X509V3_EXT_conf_nid(nil, &context, nid, value)
    }
    defer { unsafe X509_EXTENSION_free(made) }
    let handle = unsafe certificate.handle
    try checked("add a certificate's extension \(nid)") { unsafe X509_add_ext(handle, made, -1) }
  }

  private static func sign(
    _ certificate: borrowing Certificate, _ key: borrowing PrivateKey
  ) throws(CryptographyError) {
    let (handle, secret) = unsafe (certificate.handle, key.key)
    try checked("sign a certificate") { unsafe X509_sign(handle, secret, SHA256.algorithm) }
  }
}

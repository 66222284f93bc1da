import COpenSSL
public import Vocabulary

/// An X.509 certificate; owns one `X509`.
@safe public struct Certificate: ~Copyable {
  let handle: OpaquePointer

  /// An empty certificate, to be filled in by the authority.
  init() throws(CryptographyError) {
    unsafe handle = try opened("make a certificate") { unsafe X509_new() }
  }

  /// Reads the first certificate of PEM text.
  public init(pem: String) throws(CryptographyError) {
    let text = try MemoryText(pem)
    unsafe handle = try opened("read a certificate") { unsafe PEM_read_bio_X509(text.bio, nil, nil, nil) }
  }

  deinit { unsafe X509_free(handle) }

  public func pem() throws(CryptographyError) -> String {
    let text = try MemoryText()
    try checked("write a certificate") { unsafe PEM_write_bio_X509(text.bio, handle) }
    return text.contents
  }

  /// The last moment at which it is valid.
  public func expiry() throws(CryptographyError) -> Timestamp {
    var days: CInt = 0
    var seconds: CInt = 0
    ERR_clear_error()
    guard let origin = unsafe ASN1_TIME_set(nil, 0) else { throw CryptographyError.capture("make a time") }
    defer { unsafe ASN1_TIME_free(origin) }
    try checked("read when a certificate expires") {
      unsafe ASN1_TIME_diff(&days, &seconds, origin, X509_get0_notAfter(handle))
    }
    return Timestamp(microseconds: (Int64(days) * 86_400 + Int64(seconds)) * 1_000_000)
  }

  /// Whether `authority` signed it.
  func isSigned(by authority: borrowing Certificate) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    return unsafe X509_verify(handle, X509_get0_pubkey(authority.handle)) == 1
  }

  /// Whether `key` is the secret half of its public key.
  func matches(_ key: borrowing PrivateKey) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    return unsafe X509_check_private_key(handle, key.key) == 1
  }

  /// Whether a client that dialled `name` would accept it, so far as names go.
  func covers(_ name: SubjectName) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    switch name.kind {
    case .dns: return unsafe X509_check_host(handle, name.text, name.text.utf8.count, 0, nil) == 1
    case .address: return unsafe X509_check_ip_asc(handle, name.text, 0) == 1
    }
  }
}

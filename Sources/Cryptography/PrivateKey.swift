import COpenSSL

/// An ECDSA key on P-256; owns one `EVP_PKEY`.
///
/// P-256 because every TLS client knows it and its handshake costs a tenth of RSA's.
@safe struct PrivateKey: ~Copyable {
  let key: OpaquePointer

  /// A fresh key.
  init() throws(CryptographyError) {
    unsafe key = try opened("generate a P-256 key") { unsafe sluice_generate_p256() }
  }

  /// Reads PEM text that is not encrypted.
  init(pem: String) throws(CryptographyError) {
    let text = try MemoryText(pem)
    unsafe key = try opened("read a private key") {
      // The empty password keeps OpenSSL from asking for one at the terminal.
      unsafe "".withCString {
        unsafe PEM_read_bio_PrivateKey(text.bio, nil, nil, UnsafeMutableRawPointer(mutating: $0))
      }
    }
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// PKCS #8, not encrypted.
  func pem() throws(CryptographyError) -> String {
    let text = try MemoryText()
    try checked("write a private key") {
      unsafe PEM_write_bio_PKCS8PrivateKey(text.bio, key, nil, nil, 0, nil, nil)
    }
    return text.contents
  }
}

import CMicrohttpd

/// A pair as GnuTLS holds it, for the handshakes of all connections that were accepted with it.
///
/// The library's own credentials cannot be replaced while it runs, so each session is given these instead. A
/// session points to its credentials until it is gone: its `Connection` keeps them.
///
/// `@unchecked Sendable`: filled before it is shared and never changed; sessions of several threads may use the
/// same credentials (GnuTLS manual, "Thread safety").
@safe final class TLSCredentials: @unchecked Sendable {
  private let handle: OpaquePointer

  /// - Throws: `unusableIdentity` if the pair cannot be read, or the key belongs to another certificate.
  init(_ identity: TLSIdentity) throws(HTTPServerError) {
    var made: OpaquePointer?
    try Self.check(unsafe gnutls_certificate_allocate_credentials(&made))
    guard let made = unsafe made else { throw .refusedByLibrary }
    let status = unsafe Self.withText(identity.certificateChainPEM) { certificate in
      unsafe Self.withText(identity.privateKeyPEM) { key in
        var (certificate, key) = unsafe (certificate, key)
        // It also looks whether the two belong together.
        return unsafe gnutls_certificate_set_x509_key_mem(made, &certificate, &key, GNUTLS_X509_FMT_PEM)
      }
    }
    do throws(HTTPServerError) {
      try Self.check(status)
    } catch {
      unsafe gnutls_certificate_free_credentials(made)
      throw error
    }
    unsafe handle = made
  }

  deinit { unsafe gnutls_certificate_free_credentials(handle) }

  /// Lets the handshake of a connection that was just accepted show this pair.
  func use(on connection: OpaquePointer) { unsafe mhd_show_credentials(connection, handle) }

  private static func check(_ status: Int32) throws(HTTPServerError) {
    guard status < 0 else { return }
    let reason = unsafe gnutls_strerror(status).map { unsafe String(cString: $0) }
    throw .unusableIdentity(reason ?? "GnuTLS error \(status)")
  }

  /// The text as GnuTLS reads it: pointer and length.
  private static func withText(_ text: String, _ body: (gnutls_datum_t) -> Int32) -> Int32 {
    var bytes = Array(text.utf8)
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe body(gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count)))
    }
  }
}

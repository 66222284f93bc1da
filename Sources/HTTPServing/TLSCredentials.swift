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

  /// - Throws: `unusableIdentity` if the pair cannot be read, or the key belongs to another certificate;
  ///   `missingLibrary`.
  init(_ identity: TLSIdentity) throws(HTTPServerError) {
    try ServingLibraries.require()
    var status: Int32 = 0
    let made = unsafe Self.withText(identity.certificateChainPEM) { certificate in
      unsafe Self.withText(identity.privateKeyPEM) { key in
        var (certificate, key) = unsafe (certificate, key)
        return unsafe mhd_make_credentials(&certificate, &key, &status)
      }
    }
    guard let made = unsafe made else {
      let reason = unsafe mhd_tls_error(status).map { unsafe String(cString: $0) }
      throw .unusableIdentity(reason ?? "GnuTLS error \(status)")
    }
    unsafe handle = made
  }

  deinit { unsafe mhd_free_credentials(handle) }

  /// Lets the handshake of a connection that was just accepted show this pair.
  func use(on connection: OpaquePointer) { unsafe mhd_show_credentials(connection, handle) }

  /// The text as GnuTLS reads it: pointer and length.
  private static func withText(_ text: String, _ body: (gnutls_datum_t) -> OpaquePointer?) -> OpaquePointer? {
    var bytes = Array(text.utf8)
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe body(gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count)))
    }
  }
}

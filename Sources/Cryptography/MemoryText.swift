import COpenSSL

/// Text that OpenSSL reads from or writes to: owns one memory BIO.
@safe struct MemoryText: ~Copyable {
  let bio: OpaquePointer

  /// Empty, to be written.
  init() throws(CryptographyError) {
    unsafe bio = try opened("get memory") { unsafe BIO_new(BIO_s_mem()) }
  }

  /// A copy of `text`, to be read.
  init(_ text: String) throws(CryptographyError) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Int(CInt.max) else { throw CryptographyError(operation: "read that much text") }
    let bio = try unsafe opened("get memory") { unsafe BIO_new(BIO_s_mem()) }
    let written = unsafe BIO_write(bio, bytes, CInt(bytes.count))
    guard written == CInt(bytes.count) || bytes.isEmpty else {
      unsafe BIO_free_all(bio)
      throw CryptographyError.capture("copy text")
    }
    unsafe self.bio = bio
  }

  deinit { unsafe BIO_free_all(bio) }

  /// Everything written so far.
  var contents: String {
    var start: UnsafeMutablePointer<CChar>?
    let count = unsafe sluice_bio_contents(bio, &start)
    return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: max(0, count)), as: UTF8.self)
  }
}

import COpenSSL
public import Vocabulary

/// SHA-256, in one call or in pieces.
///
/// - Source: FIPS 180-4.
@safe public struct SHA256: ~Copyable {
  /// Fetched once: looking an algorithm up by name costs more than digesting a short message.
  ///
  /// `nonisolated(unsafe)`: an `EVP_MD` is immutable and OpenSSL shares it between threads.
  nonisolated(unsafe) static let algorithm: OpaquePointer = {
    guard let fetched = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
      fatalError("OpenSSL offers no SHA-256")
    }
    return unsafe fetched
  }()

  private let context: OpaquePointer

  /// An empty message.
  public init() {
    guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex2(context, Self.algorithm, nil) == 1
    else { fatalError("OpenSSL could not begin a digest: out of memory") }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Appends to the message.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
      fatalError("OpenSSL could not go on with a digest")
    }
  }

  /// Appends to the message.
  public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// The digest of everything appended.
  public consuming func finish() -> Digest {
    unsafe Self.digest { output in unsafe EVP_DigestFinal_ex(context, output, nil) }
  }

  /// The digest of a whole message.
  public static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
    unsafe digest { output in
      unsafe EVP_Digest(bytes.baseAddress, bytes.count, output, nil, algorithm, nil)
    }
  }

  /// The digest of a whole message.
  public static func digest(of bytes: [UInt8]) -> Digest {
    unsafe bytes.withUnsafeBytes { unsafe digest(of: $0) }
  }

  /// The digest of a whole message.
  public static func digest(of bytes: Span<UInt8>) -> Digest {
    unsafe bytes.withUnsafeBytes { unsafe digest(of: $0) }
  }

  /// Runs `fill` over 32 bytes of stack and reads them as four big-endian words.
  static func digest(filledBy fill: (UnsafeMutablePointer<UInt8>) -> CInt) -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let filled = unsafe withUnsafeMutableBytes(of: &words) { raw in
      guard let start = raw.baseAddress else { return false }
      return unsafe fill(start.assumingMemoryBound(to: UInt8.self)) == 1
    }
    guard filled else { fatalError("OpenSSL could not complete a digest") }
    return Digest(
      UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
      UInt64(bigEndian: words.3))
  }
}

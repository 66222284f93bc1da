import COpenSSL
public import Vocabulary

/// Comparison whose duration says nothing about where two secrets differ.
public enum ConstantTime {
  /// Lengths are not secret: unequal lengths answer at once.
  public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe CRYPTO_memcmp(a, b, a.count) == 0
  }

  public static func equal(_ a: Digest, _ b: Digest) -> Bool {
    let (x, y) = (a.words, b.words)
    return (x.0 ^ y.0) | (x.1 ^ y.1) | (x.2 ^ y.2) | (x.3 ^ y.3) == 0
  }
}

import Vocabulary

/// Appending to messages that are to be digested: numbers are big-endian.
extension [UInt8] {
  mutating func append(bigEndian number: UInt16) {
    append(UInt8(truncatingIfNeeded: number >> 8))
    append(UInt8(truncatingIfNeeded: number))
  }

  mutating func append(bigEndian number: UInt64) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  /// 32 bytes at once: a node's message is digests mostly.
  mutating func append(_ digest: Digest) {
    let words = (
      digest.words.0.bigEndian, digest.words.1.bigEndian, digest.words.2.bigEndian, digest.words.3.bigEndian
    )
    unsafe Swift.withUnsafeBytes(of: words) { unsafe append(contentsOf: $0) }
  }
}

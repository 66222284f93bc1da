/// Up to 16 bytes as one number, so that short words are compared and hashed at once.
enum PackedWord {
  /// `nil` for longer words. Words hold no NUL, so that lengths need not be told apart.
  static func pack(_ word: ArraySlice<UInt8>) -> UInt128? {
    guard word.count <= 16 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in word {
      high = high << 8 | low >> 56
      low = low << 8 | UInt64(byte)
    }
    return UInt128(high) << 64 | UInt128(low)
  }

  static func pack(_ word: StaticString) -> UInt128 {
    guard let packed = pack(Array(word.description.utf8)[...]) else {
      preconditionFailure("names of members have at most 16 bytes")
    }
    return packed
  }
}

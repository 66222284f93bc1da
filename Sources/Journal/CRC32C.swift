/// The Castagnoli cyclic redundancy check: finds torn and flipped bits before anything is decoded.
///
/// Eight bytes a step, from tables.
/// - Source: RFC 3720, appendix B.4; the tables after Kounavis and Berry,
/// "Novel Table Lookup-Based Algorithms".
enum CRC32C {
  /// `tables[k * 256 + b]`: the remainder of byte `b` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0x82F6_3B78 : 0) }
      tables[byte] = remainder
    }
    for index in 256..<8 * 256 {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    return tables
  }()

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    let table = tables.span
    let bytes = bytes.span
    var crc = UInt32.max
    var index = 0
    while index + 8 <= bytes.count {
      let low = crc ^ word(bytes, index)
      let high = word(bytes, index + 4)
      crc = table[7 * 256 + Int(low & 0xFF)] ^ table[6 * 256 + Int(low >> 8 & 0xFF)]
      crc ^= table[5 * 256 + Int(low >> 16 & 0xFF)] ^ table[4 * 256 + Int(low >> 24)]
      crc ^= table[3 * 256 + Int(high & 0xFF)] ^ table[2 * 256 + Int(high >> 8 & 0xFF)]
      crc ^= table[256 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
      index += 8
    }
    while index < bytes.count {
      crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
      index += 1
    }
    return ~crc
  }

  private static func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
    UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
      | UInt32(bytes[index + 3]) << 24
  }
}

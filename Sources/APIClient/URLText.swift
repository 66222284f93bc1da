/// Text as it stands in one segment or one query value of a URL.
enum URLText {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Everything but unreserved characters as `%XX` (RFC 3986, section 2.3).
  static func encode(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `?a=b&c=d`, or nothing.
  static func query(_ items: [(String, String)]) -> String {
    guard !items.isEmpty else { return "" }
    return "?" + items.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 32) || [45, 46, 95, 126].contains(byte)
  }
}

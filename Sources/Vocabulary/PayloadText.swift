/// Whether bytes can stand in JSON as a text that people can read.
public enum PayloadText {
  /// UTF-8 without control characters other than tab, line feed and carriage return; `nil` for anything else.
  public static func text(of bytes: [UInt8]) -> String? {
    var previous: UInt8 = 0
    for byte in bytes {
      let isControl = byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F
      // U+0080 to U+009F are the two bytes C2 80 to C2 9F.
      guard !isControl, previous != 0xC2 || byte >= 0xA0 else { return nil }
      previous = byte
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

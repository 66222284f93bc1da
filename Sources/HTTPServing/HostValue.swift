/// The grammar of `Host`: a name or address, and perhaps a port; no user, nothing empty.
enum HostValue {
  static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let first = unsafe value.first else { return false }
    var index = 0
    if first == UInt8(ascii: "[") {
      guard let close = unsafe value.firstIndex(of: UInt8(ascii: "]")), close > 2 else { return false }
      for position in 1..<close {
        let byte = unsafe value[position]
        guard byte.hexValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else {
          return false
        }
      }
      index = close + 1
    } else {
      while index < value.count, unsafe isNameByte(value[index]) { index += 1 }
      if index == 0 { return false }
    }
    if index == value.count { return true }
    guard unsafe value[index] == UInt8(ascii: ":") else { return false }
    var port = 0
    for position in (index + 1)..<value.count {
      let byte = unsafe value[position]
      guard byte.isASCIIDigit else { return false }
      port = port * 10 + Int(byte) - 48
      if port > 65535 { return false }
    }
    return true
  }

  /// `reg-name` without percent-encodings and sub-delimiters, which no name we could be called by has.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

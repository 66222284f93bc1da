import CJansson

extension JSONSyntaxError {
  /// Longest part of a name that an error repeats.
  private static let maximumNameBytes = 64

  /// jansson's complaint about `bytes`.
  init(_ error: json_error_t, _ bytes: Span<UInt8>) {
    var error = error
    let offset = min(max(Int(error.position), 0), bytes.count)
    let code = unsafe json_error_code(&error)
    if code == json_error_duplicate_key {
      let name = Self.string(endingAt: offset, of: bytes)
      self.init(.duplicateName(name), at: offset, of: bytes, "an object has two members \"\(name)\"")
      return
    }
    let text = unsafe withUnsafeBytes(of: &error.text) { text in
      unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(.malformed, at: offset, of: bytes, text)
  }

  /// The body of the string that ends just before `end`, which is where jansson stopped.
  private static func string(endingAt end: Int, of bytes: Span<UInt8>) -> String {
    var start = 0
    var offset = 0
    var isInside = false
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: "\\") where isInside: offset += 1
      case UInt8(ascii: "\""):
        isInside.toggle()
        if isInside { start = offset + 1 }
      default: break
      }
      offset += 1
    }
    let close = max(start, end - 1)
    let name = (start..<min(close, start + maximumNameBytes)).map { bytes[$0] }
    return String(decoding: name, as: UTF8.self)
  }
}

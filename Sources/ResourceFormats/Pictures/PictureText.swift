/// The text of a picture, handed on in pieces.
struct PictureText {
  private var bytes: [UInt8] = []
  private let write: ([UInt8]) -> Void

  /// A piece is handed on when it has this many bytes: a system call's worth.
  private static let pieceBytes = 64 << 10

  init(_ write: @escaping ([UInt8]) -> Void) { self.write = write }

  mutating func flush() {
    if !bytes.isEmpty { write(bytes) }
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    if bytes.count >= Self.pieceBytes { flush() }
  }

  mutating func line(_ text: String) { append(text + "\n") }

  /// Text within an element or an attribute. Characters that no XML may hold become U+FFFD.
  ///
  /// - Source: XML 1.0, 2.2 "Characters" and 2.4 "Character Data and Markup".
  static func xml(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"...: escaped.unicodeScalars.append(scalar)
      default: escaped += "\u{FFFD}"
      }
    }
    return escaped
  }

  /// A quoted string of the DOT language, in which `\` begins an escape of labels.
  static func dot(_ text: String) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { escaped += "\\" }
      escaped.unicodeScalars.append(scalar.value < 0x20 ? "\u{FFFD}" : scalar)
    }
    return escaped + "\""
  }
}

import Glibc

/// Where output goes, and what can be shown there.
struct Terminal: Sendable {
  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
  }

  /// Whether a person is looking.
  let isTerminal: Bool
  let usesColor: Bool
  let isUTF8: Bool
  /// In characters; what a terminal has when it does not say.
  let width: Int

  static let output = Terminal(descriptor: STDOUT_FILENO, environment: ProcessEnvironment.current)
  static let error = Terminal(descriptor: STDERR_FILENO, environment: ProcessEnvironment.current)

  init(isTerminal: Bool, width: Int = 80, environment: [String: String]) {
    self.isTerminal = isTerminal
    self.width = width
    // https://no-color.org: set and not empty.
    usesColor = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    // The first of these that is set decides (POSIX, section 8.2).
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let charset = locale.uppercased()
    isUTF8 = charset.contains("UTF-8") || charset.contains("UTF8")
  }

  private init(descriptor: CInt, environment: [String: String]) {
    var size = winsize()
    let known = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    self.init(
      isTerminal: isatty(descriptor) == 1, width: known ? Int(size.ws_col) : 80, environment: environment)
  }

  func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// A job id as people write it where it can be shown: `ƒ…`; elsewhere as programs do: `f…`.
  func jobID(_ text: String) -> String {
    isTerminal && isUTF8 && text.hasPrefix("f") ? "ƒ" + text.dropFirst() : text
  }

  /// Text of others without what a terminal would act upon.
  static func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result.unicodeScalars.append(isControl(scalar) ? "\u{fffd}" : scalar)
    }
    return result
  }

  /// C0, DEL, C1, and the characters that reorder text.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}

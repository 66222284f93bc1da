import APIClient
import Glibc
import Vocabulary

/// Writes to the process's own output, unbuffered, so that what was shown is out before anything else
/// happens.
enum Console {
  static func line(_ text: String = "") { bytes(Array((text + "\n").utf8), to: STDOUT_FILENO) }

  /// Many lines at once: one call to the system for each would take longer than making them.
  static func lines(_ texts: some Sequence<String>) {
    var bytes: [UInt8] = []
    for text in texts {
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\n"))
    }
    self.bytes(bytes, to: STDOUT_FILENO)
  }

  /// For people: progress, hints. Never mixed into output that programs read.
  static func note(_ text: String) { bytes(Array((text + "\n").utf8), to: STDERR_FILENO) }

  static func json(_ value: JSONValue) {
    line(Terminal.output.isTerminal ? value.prettyText : value.jsonText)
  }

  static func bytes(_ bytes: [UInt8], to descriptor: CInt) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // Nobody reads any more; there is nobody to tell either. A shell knows this code from SIGPIPE.
      guard count > 0 else { _exit(128 + SIGPIPE) }
      rest = rest.dropFirst(count)
    }
  }
}

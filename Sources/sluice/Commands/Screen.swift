import Glibc
import Synchronization

/// The whole terminal, drawn line by line, and its keys; left as it was found.
final class Screen {
  enum Key { case quit, up, down, other }

  /// Set by SIGTERM and SIGHUP: whoever draws puts the terminal back in order first.
  private static let isAsked = Atomic<Bool>(false)

  private var before = termios()
  private var hasLeft = false
  /// Read and not yet looked at.
  private var typed: ArraySlice<UInt8> = []

  /// `nil`: our input is no terminal.
  init?() {
    guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    unsafe tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    for number in [SIGTERM, SIGHUP] { signal(number) { _ in Screen.isAsked.store(true, ordering: .relaxed) } }
    // Ends a wait, so that the new size is drawn.
    signal(SIGWINCH) { _ in }
    // The alternate screen, without a cursor.
    Console.bytes(Array("\u{1b}[?1049h\u{1b}[?25l".utf8), to: STDOUT_FILENO)
  }

  deinit { leave() }

  var isOver: Bool { Self.isAsked.load(ordering: .relaxed) }

  func leave() {
    guard !hasLeft else { return }
    hasLeft = true
    Console.bytes(Array("\u{1b}[?25h\u{1b}[?1049l".utf8), to: STDOUT_FILENO)
    unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before)
  }

  var size: (columns: Int, rows: Int) {
    var size = winsize()
    let known = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
    return known ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
  }

  /// From the top; what was below is erased.
  func draw(_ lines: [String]) {
    let text = lines.map { "\($0)\u{1b}[K" }.joined(separator: "\r\n")
    Console.bytes(Array("\u{1b}[H\(text)\u{1b}[J".utf8), to: STDOUT_FILENO)
  }

  /// `nil`: none came in time.
  func key(within seconds: Double) -> Key? {
    if typed.isEmpty {
      var watched = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&watched, 1, Int32(seconds * 1_000)) > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
      // A terminal that is gone.
      guard count > 0 else { return .quit }
      typed = bytes[..<count]
    }
    return nextTyped()
  }

  /// The arrows are three bytes each, and several keys may come at once.
  private func nextTyped() -> Key {
    for (sequence, key) in [("\u{1b}[A", Key.up), ("\u{1b}OA", .up), ("\u{1b}[B", .down), ("\u{1b}OB", .down)]
    where typed.starts(with: sequence.utf8) {
      typed = typed.dropFirst(sequence.utf8.count)
      return key
    }
    switch typed.popFirst() {
    // Also Ctrl-C and Ctrl-D.
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4: return .quit
    case UInt8(ascii: "k"): return .up
    case UInt8(ascii: "j"): return .down
    default: return .other
    }
  }
}

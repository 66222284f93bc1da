import Glibc

/// Small text files of a user: tokens, announcements.
enum TextFile {
  /// Tokens and announcements take less than a page; a larger file is something else.
  private static let longest = 64 << 10

  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// `nil` when it cannot be read, is too long, or is no UTF-8.
  static func read(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: longest)
    var filled = 0
    while filled < longest {
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), longest - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return String(validating: bytes[..<filled], as: UTF8.self) }
      filled += count
    }
    return nil
  }
}

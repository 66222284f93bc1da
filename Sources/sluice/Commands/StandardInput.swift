import APIClient
import Glibc

/// Everything that comes in on standard input.
enum StandardInput {
  /// More than any request takes; the broker says by how much.
  private static let limit = 16 << 20

  static func read() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ClientError("Standard input cannot be read: error \(errno)") }
      if count == 0 { return bytes }
      bytes += buffer.prefix(count)
      guard bytes.count <= limit else { throw ClientError("Standard input has more than \(limit) bytes") }
    }
  }
}

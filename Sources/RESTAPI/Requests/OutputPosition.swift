import Vocabulary

/// How far a job's output was read: bytes of both streams of one attempt, such as `1:4096:0`.
///
/// Bytes count within what was asked for, so a position belongs to its query: with `rank=1` they are task 1's.
struct OutputPosition: Equatable {
  var attempt: UInt32
  private var stdout: UInt64 = 0
  private var stderr: UInt64 = 0

  init(attempt: UInt32) { self.attempt = attempt }

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    // 18 digits fit, and no more are ever written.
    guard parts.count == 3, parts.allSatisfy({ $0.utf8.count <= 18 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let attempt = UInt32(parts[0]), attempt > 0, let stdout = UInt64(parts[1]), let stderr = UInt64(parts[2])
    else { return nil }
    (self.attempt, self.stdout, self.stderr) = (attempt, stdout, stderr)
  }

  var text: String { "\(attempt):\(stdout):\(stderr)" }

  subscript(_ stream: OutputStream) -> UInt64 {
    get { stream == .stdout ? stdout : stderr }
    set { if stream == .stdout { stdout = newValue } else { stderr = newValue } }
  }

  var skipped: [OutputStream: UInt64] { [.stdout: stdout, .stderr: stderr] }
}

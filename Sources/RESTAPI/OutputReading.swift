public import Vocabulary

/// Where tasks' output is read from: files that the execution wrote, never the log.
public protocol OutputReading: Sendable {
  /// - Parameters:
  ///   - offset: bytes from the beginning.
  ///   - limit: bytes at most.
  /// - Returns: `nil` when there is no such stream.
  func read(
    _ job: JobID, attempt: UInt32, _ stream: OutputStream, offset: UInt64, limit: Int
  ) -> OutputPiece?
}

public enum OutputStream: String, Sendable { case stdout, stderr }

public struct OutputPiece: Sendable {
  public let bytes: [UInt8]
  /// Of the stream so far.
  public let totalBytes: UInt64

  public init(bytes: [UInt8], totalBytes: UInt64) {
    self.bytes = bytes
    self.totalBytes = totalBytes
  }
}

/// A file that travels with a job: it lies in the job's temporary directory when the job starts.
public struct JobFile: Hashable, Sendable {
  /// Within the directory; one component.
  public let name: String
  /// Permissions of its owner, such as 0o700.
  public let mode: UInt32
  public let bytes: [UInt8]

  public init(name: String, mode: UInt32, bytes: [UInt8]) {
    self.name = name
    self.mode = mode
    self.bytes = bytes
  }
}

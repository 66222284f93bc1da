public import Vocabulary

/// A program of the instance that runs around jobs, on what they hold.
/// - Source: flux-config-job-manager(5), `prolog`, `epilog` and `housekeeping`.
public struct SiteProgram: Sendable, Equatable {
  /// Program and arguments; not empty.
  public let command: [String]
  /// After it the program is ended, and counts as failed.
  public let timeout: TimeSpan

  public init(command: [String], timeout: TimeSpan) {
    precondition(!command.isEmpty && timeout > .zero, "a program has a name, and time to run")
    self.command = command
    self.timeout = timeout
  }

  public func pack(into writer: inout PackedWriter) {
    writer.writeList(command) { $0.write($1) }
    writer.write(timeout)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    command = try reader.readList { (reader) throws(PackedError) in try reader.readString() }
    timeout = try reader.readTimeSpan()
    guard !command.isEmpty, timeout > .zero else { throw .invalid("program", offset: reader.offset) }
  }
}

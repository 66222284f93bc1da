public import Jobspec
public import Vocabulary

/// A jobspec as the instance keeps it: once, however many jobs use it.
public final class StoredJobspec: Sendable {
  /// Of its packed form.
  public let digest: Digest
  public let jobspec: Jobspec
  /// The name given, or the last component of the program's path.
  public let displayName: String

  public init(digest: Digest, jobspec: Jobspec) {
    self.digest = digest
    self.jobspec = jobspec
    let program = jobspec.command.first ?? ""
    displayName = jobspec.name ?? program.split(separator: "/").last.map(String.init) ?? program
  }
}

extension StoredJobspec {
  public func pack(into writer: inout PackedWriter) {
    writer.write(digest)
    jobspec.pack(into: &writer)
  }

  public convenience init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(digest: try reader.readDigest(), jobspec: try Jobspec(unpacking: &reader))
  }
}

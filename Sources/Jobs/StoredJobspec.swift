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
    displayName = jobspec.name ?? Self.lastComponent(of: jobspec.command.first ?? "")
  }
}

extension StoredJobspec {
  /// Without slashes at the end; the whole where there is nothing else.
  private static func lastComponent(of path: String) -> String {
    let slash = UInt8(ascii: "/")
    guard let last = path.utf8.lastIndex(where: { $0 != slash }) else { return path }
    let head = path.utf8[...last]
    guard let before = head.lastIndex(of: slash) else { return String(path[...last]) }
    return String(path[path.utf8.index(after: before)...last])
  }

  public func pack(into writer: inout PackedWriter) {
    writer.write(digest)
    jobspec.pack(into: &writer)
  }

  public convenience init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(digest: try reader.readDigest(), jobspec: try Jobspec(unpacking: &reader))
  }
}

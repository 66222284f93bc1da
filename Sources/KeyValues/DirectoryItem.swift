/// One immediate child of a directory.
public struct DirectoryItem: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// An entry; a link is not followed, an explicit empty directory is one too.
    case entry(Entry)
    /// A directory with keys below it.
    case directory(Totals)
  }

  /// One segment.
  public let name: String
  public let kind: Kind

  public init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

/// What a subtree holds: counted, never walked.
public struct Totals: Hashable, Sendable {
  /// Entries, explicit empty directories and links included.
  public var entries: Int
  /// What the quota counts: bytes of keys and of what they hold; a blob counts its size.
  public var bytes: Int
  /// Entries that refer to a blob.
  public var blobs: Int

  public init(entries: Int = 0, bytes: Int = 0, blobs: Int = 0) {
    self.entries = entries
    self.bytes = bytes
    self.blobs = blobs
  }

  static func += (a: inout Self, b: Self) {
    a.entries += b.entries
    a.bytes += b.bytes
    a.blobs += b.blobs
  }

  static func -= (a: inout Self, b: Self) {
    a.entries -= b.entries
    a.bytes -= b.bytes
    a.blobs -= b.blobs
  }

  /// - Parameter keyBytes: length of the entry's whole key.
  init(_ entry: Entry, keyBytes: Int) {
    entries = 1
    bytes = keyBytes + entry.content.byteCount
    blobs = entry.content.isBlob ? 1 : 0
  }
}

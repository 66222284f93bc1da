public import Vocabulary

/// How much of the past stays readable; whatever limit is reached first decides.
public struct HistoryRetention: Hashable, Sendable {
  /// Revisions kept, the head included; at least 1.
  public var maximumRevisions: Int
  /// A revision goes when the one after it is older than this.
  public var maximumAge: TimeSpan
  /// Bytes of values and nodes that only history holds.
  public var maximumSupersededBytes: Int
  /// Revisions that stay in spite of `maximumSupersededBytes`, so that a watcher one batch behind loses nothing.
  public var minimumRevisions: Int

  /// As the issue asks: 10,000 revisions, an hour, 64 MiB.
  ///
  /// 32 revisions stay whatever their size: at the largest transaction that is 128 MiB more.
  public static let standard = HistoryRetention(
    maximumRevisions: 10_000, maximumAge: .seconds(3_600), maximumSupersededBytes: 64 << 20, minimumRevisions: 32)

  /// - Precondition: at least one revision is kept.
  public init(
    maximumRevisions: Int, maximumAge: TimeSpan, maximumSupersededBytes: Int, minimumRevisions: Int
  ) {
    precondition(maximumRevisions >= 1 && minimumRevisions >= 0, "the head is always kept")
    self.maximumRevisions = maximumRevisions
    self.maximumAge = maximumAge
    self.maximumSupersededBytes = maximumSupersededBytes
    self.minimumRevisions = minimumRevisions
  }

  public func pack(into writer: inout PackedWriter) {
    writer.write(maximumRevisions)
    writer.write(maximumAge)
    writer.write(maximumSupersededBytes)
    writer.write(minimumRevisions)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    maximumRevisions = try reader.readInt()
    maximumAge = try reader.readTimeSpan()
    maximumSupersededBytes = try reader.readInt()
    minimumRevisions = try reader.readInt()
    guard maximumRevisions >= 1, minimumRevisions >= 0 else { throw .invalid("retention", offset: start) }
  }
}

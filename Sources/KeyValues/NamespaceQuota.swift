public import Vocabulary

/// What a namespace may hold at most.
public struct NamespaceQuota: Hashable, Sendable {
  public var maximumKeys: Int
  /// Bytes as `Totals.bytes` counts them.
  public var maximumBytes: Int
  /// Watches open at once; kept here, enforced by whoever opens them.
  public var maximumWatchers: Int

  /// No limit but memory.
  public static let unlimited = NamespaceQuota(maximumKeys: .max, maximumBytes: .max, maximumWatchers: .max)

  public init(maximumKeys: Int, maximumBytes: Int, maximumWatchers: Int) {
    self.maximumKeys = maximumKeys
    self.maximumBytes = maximumBytes
    self.maximumWatchers = maximumWatchers
  }

  public func pack(into writer: inout PackedWriter) {
    writer.write(maximumKeys)
    writer.write(maximumBytes)
    writer.write(maximumWatchers)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    maximumKeys = try reader.readInt()
    maximumBytes = try reader.readInt()
    maximumWatchers = try reader.readInt()
  }
}

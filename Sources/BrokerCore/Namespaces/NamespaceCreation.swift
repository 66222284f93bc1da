public import KeyValues
import Vocabulary

/// The fact that a namespace came into being.
public struct NamespaceCreation: Sendable, Equatable {
  public let id: NamespaceID
  public let description: String
  public let quota: NamespaceQuota
  public let retention: HistoryRetention
  public let source: Source?

  /// What it begins as: another namespace at a revision.
  public struct Source: Sendable, Equatable {
    public let id: NamespaceID
    public let revision: UInt64

    public init(id: NamespaceID, revision: UInt64) {
      self.id = id
      self.revision = revision
    }
  }

  public init(
    id: NamespaceID, description: String, quota: NamespaceQuota, retention: HistoryRetention, source: Source?
  ) {
    self.id = id
    self.description = description
    self.quota = quota
    self.retention = retention
    self.source = source
  }

  /// The same, beginning empty.
  var withoutSource: NamespaceCreation {
    NamespaceCreation(id: id, description: description, quota: quota, retention: retention, source: nil)
  }

  func pack(into writer: inout PackedWriter) {
    id.pack(into: &writer)
    writer.write(description)
    quota.pack(into: &writer)
    retention.pack(into: &writer)
    writer.writeOptional(source) { writer, source in
      source.id.pack(into: &writer)
      writer.write(source.revision)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try NamespaceID(unpacking: &reader)
    description = try reader.readString()
    quota = try NamespaceQuota(unpacking: &reader)
    retention = try HistoryRetention(unpacking: &reader)
    source = try reader.readOptional { (reader) throws(PackedError) in
      Source(id: try NamespaceID(unpacking: &reader), revision: try reader.readUInt64())
    }
  }
}

extension NamespaceID {
  func pack(into writer: inout PackedWriter) {
    writer.write(userID)
    name.pack(into: &writer)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(userID: try reader.readUInt32(), name: try NamespaceName(unpacking: &reader))
  }
}

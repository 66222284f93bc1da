public import Vocabulary

/// What stands at a key.
public struct Entry: Equatable, Sendable {
  /// Position in the log of the commit that last changed the key; 0 is before every commit.
  public let revision: UInt64
  public let content: EntryContent
  public let mediaType: MediaType
  /// Narrow, because a million entries have one each: values end at 1 MiB. Negative for `nil`.
  private let narrowAppendedFrom: Int32

  public init(revision: UInt64, mediaType: MediaType, content: EntryContent, appendedFrom: Int? = nil) {
    self.revision = revision
    self.mediaType = mediaType
    self.content = content
    narrowAppendedFrom = appendedFrom.flatMap { Int32(exactly: $0) } ?? -1
  }

  /// Bytes that the value had before the last change, when that was an append.
  public var appendedFrom: Int? { narrowAppendedFrom < 0 ? nil : Int(narrowAppendedFrom) }

  /// The value, when the entry holds bytes.
  public var value: Value? { if case .bytes(let value) = content { value } else { nil } }

  /// The same entry, sharing no block whose digest is open; see `Node`.
  func detached() -> Entry {
    Entry(revision: revision, mediaType: mediaType, content: content.detached(), appendedFrom: appendedFrom)
  }

  public func pack(into writer: inout PackedWriter) {
    writer.write(revision)
    mediaType.pack(into: &writer)
    writer.write(Int64(narrowAppendedFrom))
    content.pack(into: &writer)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    revision = try reader.readUInt64()
    mediaType = try MediaType(unpacking: &reader)
    narrowAppendedFrom = try reader.readInt32()
    content = try EntryContent(unpacking: &reader)
  }
}

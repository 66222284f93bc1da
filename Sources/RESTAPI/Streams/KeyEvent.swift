import KeyValues
import Vocabulary

/// One event of a watch, in both forms that streams have.
struct KeyEvent: Sendable {
  /// For `text/event-stream`, with its empty line.
  let sse: [UInt8]
  /// The data alone.
  let data: ArraySlice<UInt8>

  /// A commit, or part of one: only its last part carries an id, so that a resumed stream repeats the whole.
  init(_ commit: Commit, _ changes: [EntryChange], isPartial: Bool, _ hasValues: Bool, _ epoch: UInt32) {
    var writer = JSONWriter(reservingCapacity: 256)
    writer.object { writer in
      writer.field("revision", commit.revision)
      writer.field("timestamp", commit.at)
      if isPartial { writer.field("partial", true) }
      writer.name("changes")
      writer.array { writer in
        for change in changes { writer.object { Self.write(change, hasValues, to: &$0) } }
      }
    }
    self.init(writer.take(), "commit", id: isPartial ? nil : Position(epoch: epoch, seq: commit.revision))
  }

  /// Part of what a scope holds when a watch begins.
  init(_ entries: [KeyedEntry], revision: UInt64, isPartial: Bool, _ hasValues: Bool, _ epoch: UInt32) {
    var writer = JSONWriter(reservingCapacity: 256)
    writer.object { writer in
      writer.field("revision", revision)
      if isPartial { writer.field("partial", true) }
      writer.name("changes")
      writer.array { writer in
        for item in entries {
          writer.object { writer in
            writer.field("key", item.key.text)
            writer.field("op", static: "put")
            KeyRendering.write(item.entry, withValue: hasValues, to: &writer)
          }
        }
      }
    }
    self.init(writer.take(), "state", id: isPartial ? nil : Position(epoch: epoch, seq: revision))
  }

  init(_ data: [UInt8], _ name: String, id: Position?) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 64)
    if let id { bytes += "id: \(id.text)\n".utf8 }
    bytes += "event: \(name)\ndata: ".utf8
    let start = bytes.count
    bytes += data
    let end = bytes.count
    bytes += "\n\n".utf8
    sse = bytes
    self.data = bytes[start..<end]
  }

  private static func write(_ change: EntryChange, _ hasValues: Bool, to writer: inout JSONWriter) {
    writer.field("key", change.key.text)
    switch change.kind {
    case .delete: writer.field("op", static: "delete")
    case .put:
      writer.field("op", static: "put")
      if let entry = change.new { KeyRendering.write(entry, withValue: hasValues, to: &writer) }
    case .append(let from):
      writer.field("op", static: "append")
      writer.field("offset", from)
      guard let entry = change.new, let value = entry.value else { return }
      writer.field("kind", static: "value")
      writer.field("revision", entry.revision)
      writer.field("size", value.count)
      writer.field("media_type", entry.mediaType.text)
      if hasValues { KeyRendering.writeValue(value.bytes(from: from), to: &writer) }
    }
  }
}

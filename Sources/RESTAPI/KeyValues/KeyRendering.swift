import BrokerCore
import Cryptography
import Jobs
import KeyValues
import Vocabulary

/// Keys and values in JSON.
enum KeyRendering {
  static let digest: DigestFunction = { SHA256.digest(of: $0) }

  static func root(_ digest: Digest) -> String { "sha256-\(digest.hex)" }

  /// `value` when the bytes are plain text, else `base64`.
  static func writeValue(_ bytes: [UInt8], to writer: inout JSONWriter) {
    if let text = PayloadText.text(of: bytes) {
      writer.field("value", text)
    } else {
      writer.field("base64", Base64.encode(bytes))
    }
  }

  /// What an entry is, without its key.
  static func write(_ entry: Entry, withValue: Bool, to writer: inout JSONWriter) {
    writer.field("kind", static: kind(entry.content))
    writer.field("revision", entry.revision)
    switch entry.content {
    case .bytes(let value):
      writer.field("size", value.count)
      writer.field("media_type", entry.mediaType.text)
      if withValue { writeValue(value.bytes, to: &writer) }
    case .blob(let digest, let size):
      writer.field("size", size)
      writer.field("media_type", entry.mediaType.text)
      writer.field("blob", root(digest))
    case .symlink(let target, let namespace):
      writer.field("target", target.text)
      if let namespace { writer.field("namespace", namespace.text) }
    case .directory: break
    }
  }

  private static func kind(_ content: EntryContent) -> StaticString {
    switch content {
    case .bytes: "value"
    case .blob: "blob"
    case .symlink: "symlink"
    case .directory: "directory"
    }
  }

  static func write(_ item: DirectoryItem, under directory: Key, withValue: Bool, to writer: inout JSONWriter) {
    writer.field("key", directory.isRoot ? item.name : "\(directory.text).\(item.name)")
    switch item.kind {
    case .entry(let entry): write(entry, withValue: withValue, to: &writer)
    case .directory(let totals): write(totals, to: &writer)
    }
  }

  static func write(_ totals: Totals, to writer: inout JSONWriter) {
    writer.field("kind", static: "directory")
    writer.field("keys", totals.entries)
    writer.field("bytes", totals.bytes)
  }

  static func write(_ held: HeldNamespace, _ id: NamespaceID, epoch: UInt32, to writer: inout JSONWriter) {
    let namespace = held.namespace
    writer.field("name", id.name.text)
    writer.field("owner", held.owner.name)
    writer.field("description", held.description)
    writer.field("revision", namespace.revision)
    writer.field("position", Position(epoch: epoch, seq: namespace.revision).text)
    writer.field("oldest_revision", namespace.oldestRevision)
    writer.field("root", root(namespace.root.digest(using: digest)))
    writer.field("keys", namespace.root.totals.entries)
    writer.field("bytes", namespace.root.totals.bytes)
    writer.object("quota") { writer in
      writer.field("keys", namespace.quota.maximumKeys)
      writer.field("bytes", namespace.quota.maximumBytes)
      writer.field("watchers", namespace.quota.maximumWatchers)
    }
    writer.object("retention") { writer in
      writer.field("revisions", namespace.retention.maximumRevisions)
      writer.field("age", namespace.retention.maximumAge.seconds)
      writer.field("bytes", namespace.retention.maximumSupersededBytes)
    }
    if let expiry = held.expiresAt { writer.field("expires", expiry) } else { writer.nullField("expires") }
  }

  static func write(_ proof: Proof, to writer: inout JSONWriter) {
    writer.object("proof") { writer in
      writer.name("steps")
      writer.array { writer in
        for step in proof.steps { writer.object { write(step, to: &$0) } }
      }
    }
  }

  private static func write(_ step: Proof.Step, to writer: inout JSONWriter) {
    writer.field("label", Base64.hex(step.label))
    if let entry = step.entry { writer.field("entry", entry.hex) } else { writer.nullField("entry") }
    writer.name("children")
    writer.array { writer in
      for child in step.children {
        writer.object { writer in
          writer.field("byte", Int(child.byte))
          writer.field("digest", child.digest.hex)
        }
      }
    }
  }
}

import BrokerCore
import KeyValues
import Vocabulary

/// Namespaces, keys and fences as the exported log states them.
extension JSONWriter {
  mutating func keyValueFields(of body: RecordBody) {
    switch body {
    case .namespaceCreated(let creation): fields(of: creation)
    case .namespaceChanged(let id, let description, let quota):
      fields(of: id)
      field("description", description)
      fields(of: quota)
    case .namespaceRemoved(let id): fields(of: id)
    case .keysChanged(let id, let changes):
      fields(of: id)
      list("changes", changes) { json, change in json.object { $0.fields(of: change) } }
    case .keysCompacted(let id, let revision):
      fields(of: id)
      field("before", revision)
    case .fenceJoined(let arrival):
      fields(of: arrival.fence)
      field("size", arrival.size)
      field("participant", arrival.participant)
      list("changes", arrival.changes) { json, change in json.object { $0.fields(of: change) } }
    case .fenceEnded(let id, let outcome):
      fields(of: id)
      switch outcome {
      case .complete(let revision): field("revision", revision)
      case .failed(let reason): field("failed", reason)
      }
    case .fencesForgotten(let limit): field("before", limit)
    default: preconditionFailure("a record that states nothing")
    }
  }

  mutating func fields(of id: NamespaceID) {
    field("namespace", id.name.text)
    field("userid", UInt64(id.userID))
  }

  mutating func fields(of fence: FenceID) {
    field("kind", fence.kind == .barrier ? "barrier" : "fence")
    fields(of: fence.scope)
    field("name", fence.name.text)
  }

  mutating func fields(of quota: NamespaceQuota) {
    object("quota") { json in
      json.field("keys", quota.maximumKeys)
      json.field("bytes", quota.maximumBytes)
      json.field("watchers", quota.maximumWatchers)
    }
  }

  mutating func fields(of creation: NamespaceCreation) {
    fields(of: creation.id)
    field("description", creation.description)
    fields(of: creation.quota)
    object("retention") { json in
      json.field("revisions", creation.retention.maximumRevisions)
      json.field("age_us", creation.retention.maximumAge.microseconds)
      json.field("superseded_bytes", creation.retention.maximumSupersededBytes)
      json.field("minimum_revisions", creation.retention.minimumRevisions)
    }
    guard let source = creation.source else { return }
    object("from") { json in
      json.fields(of: source.id)
      json.field("revision", source.revision)
    }
  }

  mutating func fields(of change: Change) {
    field("key", change.key.text)
    switch change {
    case .put(_, let content, let mediaType):
      field("op", static: "put")
      field("media_type", mediaType.text)
      fields(of: content)
    case .append(_, let bytes):
      field("op", static: "append")
      field("hex", Base64.hex(bytes))
    case .delete: field("op", static: "delete")
    case .deleteDirectory: field("op", static: "delete-directory")
    }
  }

  private mutating func fields(of content: EntryContent) {
    switch content {
    case .bytes(let value): field("hex", Base64.hex(value.bytes))
    case .blob(let digest, let size):
      field("blob", digest.hex)
      field("size", size)
    case .symlink(let target, let namespace):
      field("target", target.text)
      if let namespace { field("target_namespace", namespace.text) }
    case .directory: field("directory", true)
    }
  }
}

public import Vocabulary

/// One commit as a watch tells it, or a part of a large one.
public struct KeyCommit: Sendable {
  public let revision: UInt64
  /// What was there when the watch began, rather than a commit.
  public let isInitial: Bool
  /// More of the same commit follows.
  public let isPartial: Bool
  public internal(set) var changes: [KeyChange]

  init(revision: UInt64, isInitial: Bool, isPartial: Bool, changes: [KeyChange]) {
    self.revision = revision
    self.isInitial = isInitial
    self.isPartial = isPartial
    self.changes = changes
  }

  /// As the API writes it.
  public var json: JSONValue {
    var object: JSONObject = ["revision": .integer(Int64(clamping: revision))]
    if isInitial { object["initial"] = .bool(true) }
    if let timestamp { object["timestamp"] = timestamp }
    if isPartial { object["partial"] = .bool(true) }
    object["changes"] = .array(changes.map(\.json))
    return .object(object)
  }

  /// When it was made; `nil` for what was there before.
  public internal(set) var timestamp: JSONValue?
}

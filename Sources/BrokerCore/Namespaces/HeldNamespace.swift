public import Jobs
public import KeyValues
public import Vocabulary

/// A namespace, and whose it is.
public struct HeldNamespace: Sendable {
  public let owner: Principal
  public let description: String
  public let createdAt: Timestamp
  /// Position of its creation; `nil` while it is only thought of: it comes into being with its first write.
  public let createdSeq: UInt64?
  /// When the last commit was made.
  public internal(set) var changedAt: Timestamp
  /// When it is removed; `nil`: not by itself.
  public internal(set) var expiresAt: Timestamp?
  public internal(set) var namespace: Namespace

  init(owner: Principal, description: String, createdAt: Timestamp, createdSeq: UInt64?, namespace: Namespace) {
    self.owner = owner
    self.description = description
    self.createdAt = createdAt
    self.createdSeq = createdSeq
    changedAt = createdAt
    expiresAt = nil
    self.namespace = namespace
  }

  /// When everything but the head is too old to be kept.
  var historyEnd: Timestamp { changedAt.advanced(by: namespace.retention.maximumAge) }

  func described(as description: String) -> HeldNamespace {
    var changed = HeldNamespace(
      owner: owner, description: description, createdAt: createdAt, createdSeq: createdSeq, namespace: namespace)
    changed.changedAt = changedAt
    changed.expiresAt = expiresAt
    return changed
  }
}

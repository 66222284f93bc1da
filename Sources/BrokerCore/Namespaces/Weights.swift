import KeyValues

extension Command {
  /// Bytes of keys, values and messages that it carries.
  public var weight: Int {
    switch self {
    case .transact(_, let transaction): transaction.weight
    case .joinFence(let arrival): arrival.changes.weight
    case .publish(let message): message.payload.count
    default: 0
    }
  }
}

extension RecordBody {
  /// Bytes of keys, values and messages that it carries.
  public var weight: Int {
    switch self {
    case .keysChanged(_, let changes): changes.weight
    case .fenceJoined(let arrival): arrival.changes.weight
    case .messagePublished(_, _, let payload): payload.count
    default: 0
    }
  }
}

extension RecordBody {
  /// How long folding it takes, in units of a job's event: a changed key takes two.
  public var foldingWork: UInt64 {
    if case .keysChanged(_, let changes) = self { UInt64(2 * changes.count) } else { 1 }
  }
}

extension Transaction {
  fileprivate var weight: Int {
    then.lazy.compactMap(\.asChange).weight + otherwise.lazy.compactMap(\.asChange).weight
  }
}

extension Sequence where Element == Change {
  var weight: Int { reduce(0) { $0 + $1.weight } }
}

extension Change {
  fileprivate var weight: Int {
    switch self {
    case .put(let key, .bytes(let value), _): key.bytes.count + value.count
    case .append(let key, let bytes): key.bytes.count + bytes.count
    case .put(let key, _, _), .delete(let key), .deleteDirectory(let key): key.bytes.count
    }
  }
}

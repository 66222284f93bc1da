/// Comparisons, and what to do when all of them hold (`then`) or one does not (`otherwise`).
///
/// As in etcd, operations run in order and each sees what the ones before it did; comparisons see the state before.
/// Either all writes of the branch happen, in one commit, or none.
public struct Transaction: Equatable, Sendable {
  public var compares: [Compare]
  public var then: [Operation]
  public var otherwise: [Operation]

  public init(compares: [Compare] = [], then: [Operation], otherwise: [Operation] = []) {
    self.compares = compares
    self.then = then
    self.otherwise = otherwise
  }

  /// A condition on one key; links are followed inside the namespace.
  public enum Compare: Equatable, Sendable {
    /// The revision that last changed the entry; 0 for an absent key and for a directory with keys below it.
    case revision(Key, Order, UInt64)
    /// Whether anything stands at the key, a directory included.
    case exists(Key, Bool)
    /// Whether the key holds exactly these bytes; never true for a blob reference or a directory.
    case value(Key, [UInt8])

    public enum Order: Hashable, Sendable { case equal, less, greater }

    public var key: Key {
      switch self {
      case .revision(let key, _, _), .exists(let key, _), .value(let key, _): key
      }
    }
  }

  /// One step of a branch.
  ///
  /// Links at directories of a key are followed inside the namespace. A link at the key itself is replaced by `put`,
  /// `symlink` and `makeDirectory`, removed by `delete`, and followed by `append`, `get` and `list`.
  public enum Operation: Equatable, Sendable {
    /// - content: bytes or a blob reference.
    case put(Key, EntryContent, MediaType)
    /// - MediaType: used when the key is absent.
    case append(Key, [UInt8], MediaType)
    /// Removes the entry; with `recursive`, also everything below. Deleting what is absent changes nothing.
    case delete(Key, recursive: Bool)
    case symlink(Key, target: Key, namespace: NamespaceName?)
    /// Changes nothing where a directory stands already.
    case makeDirectory(Key)
    case get(Key)
    /// Entries below `directory`, at any depth, in key order; `limit` is cut to `KeyValueLimits.listedEntries`.
    case list(Key, limit: Int)

    public var key: Key {
      switch self {
      case .put(let key, _, _), .append(let key, _, _), .delete(let key, _), .symlink(let key, _, _),
        .makeDirectory(let key), .get(let key), .list(let key, _):
        key
      }
    }

    public var isWrite: Bool {
      switch self {
      case .get, .list: false
      default: true
      }
    }
  }
}

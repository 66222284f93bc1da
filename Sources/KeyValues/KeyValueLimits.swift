/// Every limit of the room.
public enum KeyValueLimits {
  /// Bytes of a key: RELIABILITY K09. Also bounds the depth of the tree, and so of every recursion over it.
  public static let keyBytes = 1_024
  /// Segments of a key: RELIABILITY K10.
  public static let keySegments = 32
  /// Characters of a namespace's name: RELIABILITY K16.
  public static let namespaceNameBytes = 64
  /// Bytes of a value: 1 MiB, RELIABILITY K18; larger ones are blobs.
  public static let valueBytes = 1 << 20
  /// Bytes of all blocks of a value but the last: an append copies one block at most, and 64 make the largest value.
  public static let blockBytes = 16 << 10
  /// Bytes of a media type: RFC 6838 section 4.2 allows 127 for each half of the name, and parameters follow.
  public static let mediaTypeBytes = 512
  /// Operations of a transaction over both branches: RELIABILITY K26, as in etcd (`--max-txn-ops`).
  public static let transactionOperations = 128
  /// Comparisons of a transaction: as many as operations.
  public static let transactionCompares = 128
  /// Bytes of keys and values that a transaction names: RELIABILITY K26.
  public static let transactionBytes = 4 << 20
  /// Entries that a listing inside a transaction returns at most: RELIABILITY K34.
  public static let listedEntries = 1_000
  /// Links followed in one look-up: as SYMLOOP_MAX guards against loops, and as many as Flux follows.
  public static let followedLinks = 10
}

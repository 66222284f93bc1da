/// When a snapshot is worth its writing: a restart folds no more than this, and reads no more.
public enum SnapshotPolicy {
  public static let records: UInt64 = 250_000
  public static let bytes: UInt64 = 64 << 20

  public static func isDue(recordsSince: UInt64, bytesSince: UInt64) -> Bool {
    recordsSince >= records || bytesSince >= bytes
  }
}

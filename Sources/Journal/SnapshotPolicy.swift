/// When a snapshot is worth its writing: a restart folds no more than this, and reads no more.
public enum SnapshotPolicy {
  /// In units of `RecordBody.foldingWork`.
  public static let work: UInt64 = 250_000
  public static let bytes: UInt64 = 64 << 20

  public static func isDue(workSince: UInt64, bytesSince: UInt64) -> Bool {
    workSince >= work || bytesSince >= bytes
  }
}

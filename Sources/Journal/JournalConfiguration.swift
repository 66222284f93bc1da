/// What an installation may tune; the defaults suit a busy instance on a local disk.
public struct JournalConfiguration: Sendable {
  /// Written-ahead bytes after which they are copied into the database, off the writer's thread.
  /// 16 MiB: copying takes some ten milliseconds, and a restart reads no more than a few times that.
  public var checkpointBytes: Int64 = 16 << 20
  /// Written-ahead bytes at which the file is emptied, for which the writer waits a moment: without this a
  /// writer that never rests would let it grow for ever.
  public var walLimitBytes: Int64 = 64 << 20
  /// Records that stay in the log although snapshots cover them, for streams and audit.
  public var recordsKept: UInt64 = 5_000_000
  /// Database size up to which every page and index is checked at start; larger ones are left to
  /// `JournalCheck`, so that a start stays a matter of seconds (about 1 s for 256 MiB).
  public var startCheckBytes: Int64 = 256 << 20
  /// Connections that serve readers.
  public var readers = 4

  public init() {}
}

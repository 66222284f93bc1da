/// What PMI-1 clients may send, and what they are told about it by `get_maxes`.
enum PMILimits {
  /// Name of the key-value space, with the terminating NUL that clients count. Ours has at most 36 bytes.
  static let nameBytes = 64
  /// As in Flux and Hydra.
  static let keyBytes = 64
  /// As in Flux and Hydra; addresses of network cards that are longer are cut up by MPI libraries themselves.
  static let valueBytes = 1_024
  /// One line. All of the above takes 1,216 bytes; the rest is room for a message of abort, and for an argument of
  /// the refused spawn.
  static let lineBytes = 4_096
  /// Lines of one spawn, which is refused: a thousand arguments and then some.
  static let spawnLines = 4_096
  /// What one attempt's key-value space holds for each of its tasks: MPI libraries put one to four values of a
  /// kilobyte, so this is sixteen times what they need, and no task can take the shepherd's memory.
  static let storeBytesPerTask = 64 << 10
  /// Of a message of abort, what is kept for the record of the job.
  static let messageBytes = 256
  /// One `recv`: some lines, so that a task that floods its connection leaves time for all others.
  static let readBytes = 8_192
}

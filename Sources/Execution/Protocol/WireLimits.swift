/// First word of every hello, `SLUX` read as bytes: a stray client is told apart at once.
let wireMagic: UInt32 = 0x5855_4C53

/// Raised when a frame changes its meaning; a shepherd may be older than the broker that finds it again.
let wireVersion: UInt8 = 5

enum WireLimits {
  /// Arguments and environment are at most 1 MiB by the API's own limit; the rest is room for the placements of
  /// 100,000 tasks and for the list of a million known attempts.
  static let frameBytes = 16 << 20
  /// What may wait to be sent before the connection is given up: reports and orders are repeated after the next
  /// hello, so giving up loses nothing, and a peer that does not read cannot take the memory of this process.
  static let unsentBytes = 64 << 20
  /// One `read`: some thousand orders or reports.
  static let readBytes = 256 << 10
}

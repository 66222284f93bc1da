public import BrokerCore
import Glibc
import Vocabulary

/// The files that hold what tasks wrote, unless the user named a file.
///
/// `output/<256 shards>/<job>.<attempt>.out` and `.err`, mode 0600, and `.parts` where several tasks share them, see
/// `OutputPart`. A stream that stayed empty has no file once
/// its attempt has ended, and none has one in the first moments: see `OutputFiles`. Shepherds write here, the broker's
/// API reads.
public struct OutputStore: Sendable {
  public enum Stream: String, Sendable, CaseIterable { case output = "out", error = "err", parts }

  /// So that a directory holds some thousand files where an instance keeps a million.
  private static let shardCount = 256

  /// Holds the shards; files that have no name yet belong to it.
  let directory: String

  /// - Parameter stateDirectory: the one that the shepherd got.
  public init(stateDirectory: String) { directory = "\(stateDirectory)/output" }

  /// Where a stream is kept.
  public func path(_ id: AttemptID, _ stream: Stream) -> String {
    // An id begins with its milliseconds, from bit 24: jobs of the same minute share a directory. Spreading them
    // by a hash made each creation touch another part of the disk and cost several times as much.
    let shard = (id.job.rawValue >> 40) & 0xFF
    let name = "\(hexadecimal(id.job.rawValue)).\(id.number).\(stream.rawValue)"
    return "\(directory)/\(Self.shardName(Int(shard)))/\(name)"
  }

  /// Removes everything of an attempt; missing ones are fine.
  public func remove(_ id: AttemptID) {
    for stream in Stream.allCases { unsafe unlink(path(id, stream)) }
  }

  /// Makes the directories.
  func prepare() throws(SystemError) {
    try makeDirectory(directory, mode: 0o700)
    for shard in 0..<Self.shardCount {
      try makeDirectory("\(directory)/\(Self.shardName(shard))", mode: 0o700)
    }
  }

  private static func shardName(_ shard: Int) -> String {
    let digits = String(shard, radix: 16)
    return digits.utf8.count == 1 ? "0\(digits)" : digits
  }
}

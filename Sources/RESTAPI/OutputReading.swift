public import Vocabulary

/// Where tasks' output is read from: files that the execution wrote, never the log.
public protocol OutputReading: Sendable {
  /// A reader at the beginning of what an attempt wrote, but for what it skips.
  func reader(_ job: JobID, attempt: UInt32, _ request: OutputRequest) -> any OutputReader
}

/// A place in an attempt's output. Calls touch the disk; one at a time.
public protocol OutputReader: AnyObject, Sendable {
  /// What comes next, at most `limit` bytes; empty: nothing is there so far.
  func next(limit: Int) -> [OutputRun]
}

public enum OutputStream: String, Sendable, CaseIterable { case stdout, stderr }

/// What of an attempt's output is wanted.
public struct OutputRequest: Sendable {
  public let streams: [OutputStream]
  /// Only what this task wrote; `nil`: what all of them wrote.
  public let rank: Int?
  /// Bytes that are left out at the beginning of each stream, counted within what is wanted.
  public let skipped: [OutputStream: UInt64]
  /// At which the execution cut each stream.
  public let limit: Int64

  public init(streams: [OutputStream], rank: Int?, skipped: [OutputStream: UInt64], limit: Int64) {
    self.streams = streams
    self.rank = rank
    self.skipped = skipped
    self.limit = limit
  }
}

/// Bytes of one stream that came one after another from the same place.
public struct OutputRun: Sendable {
  public let stream: OutputStream
  /// `nil`: which task wrote it is not known.
  public let rank: Int?
  public let bytes: [UInt8]

  public init(stream: OutputStream, rank: Int?, bytes: [UInt8]) {
    self.stream = stream
    self.rank = rank
    self.bytes = bytes
  }
}

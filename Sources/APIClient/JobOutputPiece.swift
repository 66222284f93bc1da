/// Bytes that a job wrote, as they are followed.
public struct JobOutputPiece: Sendable {
  public let stream: JobOutputStream
  /// Of the task that wrote them; `nil` where that is not known.
  public let rank: Int?
  /// Empty at the end of the stream.
  public let bytes: [UInt8]
  public let isEnd: Bool

  public init(stream: JobOutputStream, rank: Int?, bytes: [UInt8], isEnd: Bool) {
    self.stream = stream
    self.rank = rank
    self.bytes = bytes
    self.isEnd = isEnd
  }
}

/// A piece of what a job wrote.
public struct JobOutput: Sendable {
  public let bytes: [UInt8]
  /// Where the next piece begins.
  public let nextOffset: Int
  /// Whether nothing will follow.
  public let isComplete: Bool
}

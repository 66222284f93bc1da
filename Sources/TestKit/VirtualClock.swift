public import Vocabulary

/// Time that passes only when it is told to: a monotonic clock, and a wall clock that may be stepped.
public struct VirtualClock: Sendable {
  /// Since the beginning of the run.
  public private(set) var elapsed = TimeSpan.zero
  private var wallOffset: Int64

  public init(startingAt wall: Timestamp) { wallOffset = wall.microseconds }

  /// What the wall clock shows.
  public var wall: Timestamp { Timestamp(microseconds: wallOffset + elapsed.microseconds) }

  /// - Precondition: monotonic time never goes back.
  public mutating func advance(to moment: TimeSpan) {
    precondition(moment >= elapsed, "monotonic time never goes back")
    elapsed = moment
  }

  /// Sets the wall clock forward or back, as an operator or a time server does.
  public mutating func stepWall(by span: TimeSpan) { wallOffset += span.microseconds }
}

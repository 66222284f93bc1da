public import ResourceGraph
public import Vocabulary

/// Which waiting jobs could start now, and on what.
///
/// Made on a snapshot, away from the loop; the core checks each placement again when the plan comes back and
/// drops those that no longer hold.
public struct Plan: Sendable {
  public struct Placement: Sendable {
    public let job: JobID
    public let attempt: UInt32
    public let grants: [Grant]

    public init(job: JobID, attempt: UInt32, grants: [Grant]) {
      self.job = job
      self.attempt = attempt
      self.grants = grants
    }
  }

  /// In the order in which they were chosen.
  public let placements: [Placement]
  /// The record that first made the graph of the plan: its vertices mean nothing on another.
  public let origin: UInt64

  public init(placements: [Placement], origin: UInt64) {
    self.placements = placements
    self.origin = origin
  }
}

public import ResourceGraph
public import Vocabulary

/// Which waiting jobs could start now, and on what; what the others wait for; and whom to end for them.
///
/// Made on a snapshot, away from the loop; the core checks each placement again when the plan comes back and
/// drops those that no longer hold.
public struct Plan: Sendable {
  /// In the order in which they were chosen.
  public let placements: [Placement]
  /// Of the state on which the plan was made: its vertices mean nothing on another graph.
  public let origin: UInt64
  /// Of the first jobs that wait, in the order of the queue.
  public let outlooks: [Outlook]
  /// Running jobs to end so that others can start, in the order in which they were chosen.
  public let preemptions: [JobID]

  public init(
    placements: [Placement], origin: UInt64, outlooks: [Outlook] = [], preemptions: [JobID] = []
  ) {
    self.placements = placements
    self.origin = origin
    self.outlooks = outlooks
    self.preemptions = preemptions
  }

  /// Both, as one.
  public static func + (first: Plan, second: Plan) -> Plan {
    Plan(
      placements: first.placements + second.placements, origin: first.origin,
      outlooks: first.outlooks + second.outlooks, preemptions: first.preemptions + second.preemptions)
  }

  public struct Placement: Sendable, Equatable {
    public let job: JobID
    public let attempt: UInt32
    public let grants: [Grant]
    public let selection: Selection
    /// By whose rules it was chosen.
    public let queue: String?

    public init(
      job: JobID, attempt: UInt32, grants: [Grant], selection: Selection = .priority, queue: String? = nil
    ) {
      self.queue = queue
      self.job = job
      self.attempt = attempt
      self.grants = grants
      self.selection = selection
    }
  }

  /// How a job came to start, in the words of Flux's annotation `sched.selection_type`.
  public enum Selection: String, Sendable {
    /// Nothing of its queue waits ahead of it.
    case priority
    /// It overtook one that waits.
    case backfill
  }
}

public import ResourceGraph
public import Vocabulary

/// What a mutation of the graph came to.
public struct GraphAnswer: Sendable, Equatable {
  /// Of the graph after it.
  public let version: UInt64
  /// Numbers of the vertices that were added, one range an addition.
  public let added: [Range<UInt32>]
  /// What goes as soon as nothing there is held.
  public let departing: [VertexID]
  /// Jobs that were told to leave.
  public let evicted: [JobID]
}

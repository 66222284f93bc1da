import Vocabulary

/// Why a change of the graph is refused.
public enum MutationFault: Error, Equatable, Sendable {
  /// The change itself is wrong; `member` is the field of the operation.
  case invalid(member: String, message: String)
  /// It contradicts what is there now: names that exist, vertices in use.
  case conflict(String)
  /// Something is held there.
  case inUse(VertexID, String)
}

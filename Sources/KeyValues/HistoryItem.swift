import Vocabulary

/// A retained state.
struct HistoryItem: Sendable {
  /// When the commit that made it happened.
  let at: Timestamp
  var root: Root
  /// Estimated bytes of the state before that this one does not share.
  let superseded: Int
}

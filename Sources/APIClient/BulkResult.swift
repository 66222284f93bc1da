/// What became of one line of a bulk submission.
public struct BulkResult: Sendable {
  /// As the broker counts them.
  public let line: Int
  /// The jobs that now exist, in the order of the line's `cc`.
  public let ids: [String]
  /// Why there are no more; a line with copies may be taken in part.
  public let problem: Problem?
}

/// Bounds of the work behind one explanation, so that a route may ask for one at any time.
public enum ExplainLimits {
  /// A part beyond the first 64 has no tally of its own; requests of people have fewer than ten.
  public static let maximumParts = 64
  /// Vertices that are looked at one by one: half a second's worth. Those beyond are not counted.
  public static let maximumVertices = 2_000_000
  /// Vertices on which a part is tried in earnest; those beyond are judged by their sums, which may be too hopeful.
  public static let maximumProbes = 8_192
  /// Operands of a constraint that are told apart and dropped in turn.
  public static let maximumOperands = 32
  /// Searches of the whole graph to find changes that would help. A bisection takes at most 63.
  public static let maximumTrials = 512
  /// Vertices that a remedy names; it says when there are more.
  public static let maximumNamedVertices = 16
}

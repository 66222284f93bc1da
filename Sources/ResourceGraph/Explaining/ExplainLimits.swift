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
  /// Units that are placed, or tried to, in all searches for changes that would help: about two seconds' worth. A
  /// search that is not made counts as one that finds nothing.
  public static let maximumWork = 2_000_000
  /// What a search for next to nothing counts.
  static let leastWorkOfTrial = 1_000
  /// Vertices that a remedy is made sure to need one by one, and that are named to people.
  public static let maximumNamedVertices = 16
}

import ResourceGraph
import Vocabulary

/// Bounds of what formats take in beside the graph's own (`GraphLimits`).
public enum FormatLimits {
  /// Enough to mend a document by, and little enough to send back.
  public static let maximumFaults = 20
  /// Paths at both ends of all edges: 128 bytes for each of a full graph's.
  /// In whole units, as formats write sizes.
  static let maximumSize = GraphLimits.maximumSize.wholeUnits
  public static let maximumEdgeBytes = 2 * GraphLimits.maximumNameBytes * GraphLimits.maximumEdges
  /// Brackets within brackets of JSON text: a graph inside R has 7, the rest is for unknown members.
  public static let maximumNesting = 64
  /// Different types, basenames, units, subsystems and relationships of one document; the graph numbers them in 16
  /// bits.
  static let maximumWords = 60_000
  /// Properties in all, where vertices differ in them: as much text as the largest body.
  static let maximumPropertySets = 1_000_000
  /// A recipe is written by hand; the longest that is sensible names a million hosts one by one.
  public static let maximumRecipeBytes = 16_777_216
  /// Most entries of an R_lite: as many as hosts, when no two are equal.
  public static let maximumRanks = Hostlist.maximumCount
}

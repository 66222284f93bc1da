import Vocabulary

/// Bounds of what formats take in; those of words and numbers are the resource graph's own.
public enum FormatLimits {
  /// Enough to mend a document by, and little enough to send back.
  public static let maximumFaults = 20
  /// The largest graph that is held: 48 bytes each make half a gigabyte.
  public static let maximumVertices = 10_000_000
  /// Edges of subsystems other than containment, as many as the graph holds.
  public static let maximumEdges = 1_000_000
  /// Paths at both ends of all edges: 128 bytes for each of a full graph's.
  public static let maximumEdgeBytes = 2 * 128 * maximumEdges
  /// Levels of containment, above which a path is a mistake.
  public static let maximumDepth = 32
  /// Brackets within brackets of JSON text: a graph inside R has 7, the rest is for unknown members.
  public static let maximumNesting = 64
  public static let maximumNameBytes = 128
  public static let maximumTypeBytes = 64
  public static let maximumUnitBytes = 32
  public static let maximumProperties = 1_000
  public static let maximumPropertyKeyBytes = 128
  public static let maximumPropertyValueBytes = 4_096
  /// 9 * 10^8 units: sums over every vertex of a full graph stay within 63 bits of thousandths.
  public static let maximumSize: Int64 = 900_000_000
  /// Ids and ranks and the counts that are added to them stay within 31 bits, as idsets do.
  public static let maximumID = Int(Int32.max) - maximumVertices
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

public import Vocabulary

/// Bounds of what a graph takes in.
public enum GraphLimits {
  /// As RELIABILITY's resource inputs name them.
  public static let maximumNameBytes = 128
  public static let maximumTypeBytes = 64
  public static let maximumUnitBytes = 32
  /// Levels of containment, above which a path is a mistake.
  public static let maximumDepth = 32
  public static let maximumProperties = 1_000
  public static let maximumPropertyKeyBytes = 128
  public static let maximumPropertyValueBytes = 4_096
  public static let maximumReasonBytes = 1_024
  /// 9 * 10^8 units: sums over every vertex of a full graph stay within 63 bits.
  public static let maximumSize = Amount(thousandths: 900_000_000_000)
  public static let maximumEdges = 1_000_000
  /// Ranks and ids stay within 31 bits, as idsets do.
  public static let maximumID = Int(Int32.max) - ResourceGraph.maximumVertices
  /// Keys that mean something else in the API.
  public static let reservedPropertyKeys: Set<String> = ["tenant", "status", "alloc", "__proto__"]
}

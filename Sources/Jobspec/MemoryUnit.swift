/// A unit in which memory is asked for.
enum MemoryUnit {
  /// Binary and decimal prefixes are kept apart; a bare `G` means either to somebody and is refused.
  private static let known: [(name: String, bytes: Int64)] = [
    ("B", 1),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
  ]

  static let names = known.map(\.name).joined(separator: ", ")

  /// The resource type that these units are for.
  static let resourceType = "memory"
  /// The unit in which the graph counts memory, and its size.
  static let ofGraph = "MiB"
  static let bytesOfGraph: Int64 = 1 << 20

  static func bytes(of name: String) -> Int64? { known.first { $0.name == name }?.bytes }

  /// Bytes of one of a memory vertex's count: without a unit it counts what the graph counts. `nil`: unknown unit.
  static func bytesOfOne(_ vertex: ResourceVertex) -> Int64? {
    vertex.unit.map { bytes(of: $0) } ?? bytesOfGraph
  }
}

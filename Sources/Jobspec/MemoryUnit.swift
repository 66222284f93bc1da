/// A unit in which memory is asked for.
enum MemoryUnit {
  /// Binary and decimal prefixes are kept apart; a bare `G` means either to somebody and is refused.
  private static let known: [(name: String, bytes: Int64)] = [
    ("B", 1),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
  ]

  static let names = known.map(\.name).joined(separator: ", ")

  static func bytes(of name: String) -> Int64? { known.first { $0.name == name }?.bytes }
}

/// A vertex as it is stored: 48 bytes, whatever it is.
struct Vertex: Sendable {
  struct Flags: OptionSet, Sendable {
    let rawValue: UInt16

    static let down = Flags(rawValue: 1)
    /// Finishes what it has and takes nothing new.
    static let drained = Flags(rawValue: 2)
    /// Never given out, as the instance was configured.
    static let excluded = Flags(rawValue: 4)
    /// Gone from the graph; kept so that what ended jobs held can still be told.
    static let removed = Flags(rawValue: 8)
    /// A job has it with all that it holds.
    static let heldWhole = Flags(rawValue: 16)
    /// Its name is in `ResourceGraph.customNames`.
    static let named = Flags(rawValue: 32)

    /// Nothing at or beneath it is free.
    static let blocking: Flags = [.down, .drained, .excluded, .removed, .heldWhole]
    /// The same, whoever holds what.
    static let closed: Flags = [.down, .drained, .excluded, .removed]
  }

  /// Thousandths.
  var size: Int64
  var taken: Int64 = 0
  var parent: UInt32
  /// Its place among the parent's children.
  var slot: UInt32
  /// The nearest ranked vertex at or above it.
  var host: UInt32
  /// Number of what only a vertex with children, or a host, has.
  var interior: UInt32 = Vertex.none
  /// Grants at and beneath it.
  var holds: UInt32 = 0
  var id: Int32
  var type: UInt16
  var basename: UInt16
  var unit: UInt16
  var flags: Flags = []

  static let none = UInt32.max

  var isBlocked: Bool { !flags.isDisjoint(with: .blocking) }
  var hasInterior: Bool { interior != Vertex.none }
}

/// What only a vertex with children, or a host, has: its children, and sums over all that is beneath it.
struct Interior: Sendable {
  /// -1: it is no host.
  var rank: Int32 = -1
  /// Types beneath it; the sums follow their order.
  var types: [UInt16] = []
  /// Thousandths that could be given out now, if the vertex itself is not blocked.
  var free: [Int64] = []
  /// Thousandths in all.
  var total: [Int64] = []
  /// Children in the order of their addition; `Vertex.none` where one was removed.
  var children: [UInt32] = []
  var liveChildren = 0
  /// What each child has free, type by type; then of each group of 64 children, of each group of 64 groups, …, the most
  /// that one has: what lets a search skip those that are full. Empty for up to 64 children.
  var maxima: [Maxima] = []

  static let groupBits = 6
  static let groupWidth = 1 << groupBits

  func index(of type: UInt16) -> Int? { Self.index(of: type, in: types) }

  /// For searches, which read one field in place rather than copy all of them.
  static func index(of type: UInt16, in types: [UInt16]) -> Int? {
    var index = 0
    while index < types.count {
      if types[index] == type { return index }
      index += 1
    }
    return nil
  }
}

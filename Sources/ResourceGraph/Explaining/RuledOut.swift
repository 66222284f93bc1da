/// How many vertices of a type cannot serve a part of a request, each counted for the first of these causes.
///
/// A vertex counts as down, drained or excluded also when something above it is.
public struct RuledOut: Hashable, Sendable {
  /// Its host is not allowed.
  public internal(set) var byConstraint = 0
  /// The same, for the first operand of a conjunction that the host fails; as many as `Explanation.operands`.
  public internal(set) var byOperand: [Int] = []
  /// The request names ids, and it has none of them.
  public internal(set) var byID = 0
  public internal(set) var down = 0
  public internal(set) var drained = 0
  public internal(set) var excluded = 0
  /// Wholly, or it or its host has too little left.
  public internal(set) var held = 0
  /// It, or its host, would have too little even with nothing held.
  public internal(set) var tooSmall = 0

  /// All of them.
  public var total: Int { byConstraint + byID + down + drained + excluded + held + tooSmall }

  /// Causes that rule out any, in their order, for people.
  public var text: String {
    let counts: [(Int, String)] = [
      (byConstraint, "not allowed"), (byID, "with another id"), (down, "down"), (drained, "drained"),
      (excluded, "excluded"), (held, "held"), (tooSmall, "too small"),
    ]
    return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  mutating func count(_ closure: Vertex.Flags) {
    if closure.contains(.down) {
      down += 1
    } else if closure.contains(.drained) {
      drained += 1
    } else {
      excluded += 1
    }
  }
}

import ResourceGraph
import Vocabulary

/// A vertex of a recipe as it is written, before names are dealt out.
struct RecipeVertex {
  var fragment: Fragment
  /// Where it stands, for faults.
  var pointer: String
  /// One name for each of them under all parents, as they are written.
  var names: Hostlist?
  /// What was not dealt out yet.
  var unused: Hostlist.Iterator?
  /// Whether the names differ from parent to parent.
  var isDealt = false
  /// Whether a vertex beneath is dealt names.
  var holdsDealt = false
  var children: [RecipeVertex] = []

  /// - Precondition: so many are left.
  mutating func nextNames(_ count: Int) -> Hostlist? {
    var names: [String] = []
    for _ in 0..<count {
      guard let name = unused?.next() else { preconditionFailure("names were counted") }
      names.append(name)
    }
    return try? Hostlist(names)
  }
}

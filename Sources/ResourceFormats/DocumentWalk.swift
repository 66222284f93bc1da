public import ResourceGraph
import Vocabulary

/// Spells out a document's fragments vertex by vertex, with the numbers and names that an empty graph would give.
///
/// Only for whole graphs: what is added to a graph gets numbers that depend on what is there.
public struct DocumentWalk {
  /// Ids count within a host, elsewhere within the parent; hosts count through the whole graph.
  private var nextHostID = 0
  private var nextRank = 0
  private var nextNumber: UInt32 = 0

  public init() {}

  /// Calls `body` for every vertex, parents first, in the order of the fragments.
  ///
  /// - Parameter body: the vertex, and the number of its parent, `nil` for a root.
  public mutating func visit(_ document: GraphDocument, _ body: (JGFVertex, _ parent: UInt32?) -> Void) {
    visitWhile(document) { vertex, parent in
      body(vertex, parent)
      return true
    }
  }

  /// As `visit`, but passes over what is within a vertex for which `body` is false, where nothing outside depends on
  /// the numbers in there.
  mutating func visitWhile(_ document: GraphDocument, _ body: (JGFVertex, _ parent: UInt32?) -> Bool) {
    var ids: [String: Int] = [:]
    for fragment in document.fragments { visit(fragment, under: nil, ids: &ids, isInHost: false, body) }
  }

  private static func holdsHost(_ fragment: Fragment) -> Bool {
    fragment.children.contains { $0.type == ResourceGraph.hostType || holdsHost($0) }
  }

  private mutating func visit(
    _ fragment: Fragment, under parent: (number: UInt32, path: String)?, ids: inout [String: Int], isInHost: Bool,
    _ body: (JGFVertex, UInt32?) -> Bool
  ) {
    let isHost = fragment.type == ResourceGraph.hostType
    let basename = fragment.basename ?? fragment.type
    let isApart = (isHost || !isInHost) && !Self.holdsHost(fragment)
    var names = fragment.names?.makeIterator()
    for index in 0..<fragment.count {
      let id = fragment.firstID.map { $0 + index } ?? (isHost ? nextHostID : ids[fragment.type] ?? 0)
      if isHost {
        nextHostID = max(nextHostID, id + 1)
      } else {
        ids[fragment.type] = max(ids[fragment.type] ?? 0, id + 1)
      }
      let rank = isHost ? fragment.firstRank.map { $0 + index } ?? nextRank : nil
      if let rank { nextRank = max(nextRank, rank + 1) }
      let name = names?.next() ?? basename + String(id)
      let path = (parent?.path ?? "") + "/" + name
      let number = nextNumber
      nextNumber += 1
      let isWanted = body(
        JGFVertex(
          uniqueID: number, type: fragment.type, basename: basename, name: name, id: id, rank: rank,
          status: fragment.status, unit: fragment.unit, size: fragment.size, properties: fragment.properties,
          path: path),
        parent?.number)
      if isApart, !isWanted { continue }
      visitChildren(of: fragment, (number, path), ids: &ids, isInHost: isInHost, body)
    }
  }

  private mutating func visitChildren(
    of fragment: Fragment, _ parent: (number: UInt32, path: String), ids: inout [String: Int], isInHost: Bool,
    _ body: (JGFVertex, UInt32?) -> Bool
  ) {
    guard !fragment.children.isEmpty else { return }
    let isHost = fragment.type == ResourceGraph.hostType
    // Within a host all count together; a host, and a parent outside of hosts, begins anew.
    guard isHost || !isInHost else {
      for child in fragment.children { visit(child, under: parent, ids: &ids, isInHost: true, body) }
      return
    }
    var own: [String: Int] = [:]
    for child in fragment.children { visit(child, under: parent, ids: &own, isInHost: isHost, body) }
  }
}

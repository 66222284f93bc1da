import Persistent
import Vocabulary

/// What an addition's hosts are called and ranked, found out before any is made.
///
/// Names of hosts are unique in the whole graph, because tasks are sent to them; ranks are never reused. Follows the
/// same order as `ResourceGraph.add`, because default names and ranks depend on what was made before.
struct AddedHosts {
  let graph: ResourceGraph
  private var names: Set<String> = []
  private var nextRank: Int
  private var nextID: Int

  init(graph: ResourceGraph) {
    self.graph = graph
    nextRank = graph.rankLimit
    nextID = graph.nextHostID
  }

  mutating func check(_ fragment: Fragment) throws(MutationFault) {
    guard fragment.containsHost else { return }
    if fragment.type == ResourceGraph.hostType {
      guard !fragment.children.contains(where: \.containsHost) else {
        throw .invalid(member: "type", message: "a host cannot lie in another one")
      }
      try checkNames(of: fragment)
      return try checkRanks(of: fragment)
    }
    if fragment.count > 1, fragment.containsNamedHost {
      throw .invalid(member: "names", message: "hosts with names or ids cannot be repeated with what holds them")
    }
    for _ in 0..<fragment.count {
      for child in fragment.children { try check(child) }
    }
  }

  private mutating func checkNames(of fragment: Fragment) throws(MutationFault) {
    let basename = fragment.basename ?? fragment.type
    let given = fragment.names?.names
    for number in 0..<fragment.count {
      var id = fragment.firstID.map { $0 + number } ?? nextID
      if let given {
        try insert(given[number])
      } else {
        if fragment.firstID == nil { while isTaken("\(basename)\(id)") { id += 1 } }
        try insert("\(basename)\(id)")
      }
      nextID = max(nextID, id + 1)
    }
  }

  private mutating func checkRanks(of fragment: Fragment) throws(MutationFault) {
    if let first = fragment.firstRank {
      guard first >= nextRank else {
        throw .conflict("rank \(first) was given before; the next is \(nextRank)")
      }
      nextRank = first
    }
    nextRank += fragment.count
  }

  private func isTaken(_ name: String) -> Bool { graph.hostsByName[name] != nil || names.contains(name) }

  private mutating func insert(_ name: String) throws(MutationFault) {
    guard !isTaken(name) else { throw .conflict("there is a host named \"\(name)\" already") }
    names.insert(name)
  }
}

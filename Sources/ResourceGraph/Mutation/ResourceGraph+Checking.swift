import Persistent
import Vocabulary

/// Checks a change against the graph as it is; whoever decides calls it before anything is logged.
extension ResourceGraph {
  public func check(_ change: GraphChange) throws(MutationFault) {
    switch change {
    case .add(let fragment, let parent): try checkAddition(of: fragment, under: parent)
    case .remove(let vertex): try checkRemoval(of: vertex)
    case .setStatus(let vertex, _), .exclude(let vertex, _): try checkPresence(of: vertex)
    case .drain(let vertex, let drain): try checkDrain(of: vertex, drain)
    case .setProperties(let vertex, let changes): try checkProperties(of: vertex, changes)
    case .resize(let vertex, let size): try checkResize(of: vertex, to: size)
    case .addEdge(let edge): try checkEdge(edge)
    case .removeEdge(let edge):
      guard let stored = stored(edge), edges.contains(stored) else {
        throw .invalid(member: "edge", message: "there is no such edge")
      }
    }
  }

  private func checkPresence(of vertex: VertexID) throws(MutationFault) {
    guard contains(vertex) else { throw .invalid(member: "path", message: "there is no such vertex") }
  }

  private func checkAddition(of fragment: Fragment, under parent: VertexID?) throws(MutationFault) {
    try fragment.check()
    let added = fragment.vertexCount ?? Self.maximumVertices
    guard vertices.count + added <= Self.maximumVertices else {
      throw .invalid(member: "count", message: "makes more than \(Self.maximumVertices) vertices ever")
    }
    var hosts = AddedHosts(graph: self)
    try hosts.check(fragment)
    guard let parent else {
      guard root == nil, vertices.isEmpty else { throw .invalid(member: "parent", message: "there is a root already") }
      guard fragment.count == 1 else { throw .invalid(member: "count", message: "must be 1 for the root") }
      return
    }
    try checkPresence(of: parent)
    let holder = self[parent]
    if !holder.hasInterior, isInUse(parent) {
      throw .inUse(parent, "what is held by amount can hold nothing: \(path(of: parent))")
    }
    if holder.host != Vertex.none, fragment.containsHost {
      throw .invalid(member: "type", message: "a host cannot lie in another one")
    }
    guard depth(of: parent) + fragment.depth <= GraphLimits.maximumDepth else {
      throw .invalid(member: "parent", message: "would lie more than \(GraphLimits.maximumDepth) deep")
    }
    try checkSiblings(of: fragment, under: parent)
  }

  /// Explicit names and ids must not meet those that are there; default ones cannot.
  private func checkSiblings(of fragment: Fragment, under parent: VertexID) throws(MutationFault) {
    guard fragment.names != nil || fragment.firstID != nil else { return }
    guard fragment.type != Self.hostType else { return }
    var taken: Set<String> = []
    for child in children(of: parent) { taken.insert(name(of: child)) }
    let basename = fragment.basename ?? fragment.type
    if let names = fragment.names {
      for name in names where taken.contains(name) {
        throw .conflict("\(path(of: parent)) holds a vertex named \"\(name)\" already")
      }
    } else if let first = fragment.firstID {
      for id in first..<first + fragment.count where taken.contains("\(basename)\(id)") {
        throw .conflict("\(path(of: parent)) holds a vertex named \"\(basename)\(id)\" already")
      }
    }
  }

  private func checkRemoval(of vertex: VertexID) throws(MutationFault) {
    try checkPresence(of: vertex)
    guard vertex != root else { throw .invalid(member: "path", message: "the root cannot be removed") }
    guard !isInUse(vertex) else { throw .inUse(vertex, "\(path(of: vertex)) is in use") }
  }

  private func checkDrain(of vertex: VertexID, _ drain: Drain?) throws(MutationFault) {
    try checkPresence(of: vertex)
    guard let drain else { return }
    guard drain.reason.utf8.count <= GraphLimits.maximumReasonBytes,
      drain.reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else {
      throw .invalid(
        member: "reason", message: "must be at most \(GraphLimits.maximumReasonBytes) printable bytes")
    }
  }

  private func checkProperties(of vertex: VertexID, _ changes: [PropertyChange]) throws(MutationFault) {
    try checkPresence(of: vertex)
    for change in changes {
      if let fault = GraphWords.fault(inKey: change.key) ?? GraphWords.fault(inValue: change.value ?? "") {
        throw .invalid(member: "properties", message: fault)
      }
    }
    guard merged(changes, into: properties[vertex.rawValue] ?? []).count <= GraphLimits.maximumProperties else {
      throw .invalid(member: "properties", message: "must be at most \(GraphLimits.maximumProperties)")
    }
  }

  private func checkResize(of vertex: VertexID, to size: Amount) throws(MutationFault) {
    try checkPresence(of: vertex)
    guard size > .zero, size <= GraphLimits.maximumSize else {
      throw .invalid(member: "size", message: "must be above zero and at most 900000000 units")
    }
    let stored = self[vertex]
    if size.thousandths < stored.taken { throw .inUse(vertex, "\(path(of: vertex)): more than that is held") }
    if stored.hasInterior, stored.holds > 0 { throw .inUse(vertex, "\(path(of: vertex)) is in use") }
    if hasAncestor(of: vertex.rawValue, where: { self[$0].flags.contains(.heldWhole) }) {
      throw .inUse(vertex, "\(path(of: vertex)) is in use")
    }
  }

  private func checkEdge(_ edge: GraphEdge) throws(MutationFault) {
    guard edges.count < GraphLimits.maximumEdges else {
      throw .invalid(
        member: "edge", message: "a graph has at most \(GraphLimits.maximumEdges) edges beside containment")
    }
    guard GraphWords.isType(edge.subsystem.utf8), edge.subsystem != "containment" else {
      throw .invalid(member: "subsystem", message: GraphWords.typeRule + "; containment is a matter of parents")
    }
    guard GraphWords.isType(edge.relationship.utf8) else {
      throw .invalid(member: "relationship", message: GraphWords.typeRule)
    }
    guard contains(edge.source) else { throw .invalid(member: "source", message: "there is no such vertex") }
    guard contains(edge.target) else { throw .invalid(member: "target", message: "there is no such vertex") }
    guard edge.source != edge.target else { throw .invalid(member: "target", message: "must be another vertex") }
    if let stored = stored(edge), edges.contains(stored) {
      throw .invalid(member: "edge", message: "is there already")
    }
    guard !reaches(edge.target, edge.source, in: edge.subsystem) else {
      throw .invalid(member: "target", message: "would close a cycle in subsystem \"\(edge.subsystem)\"")
    }
  }
}

extension Fragment {
  var containsHost: Bool { type == ResourceGraph.hostType || children.contains(where: \.containsHost) }

  var containsNamedHost: Bool {
    type == ResourceGraph.hostType && (names != nil || firstID != nil || firstRank != nil)
      || children.contains(where: \.containsNamedHost)
  }

  var depth: Int { 1 + (children.map(\.depth).max() ?? 0) }
}

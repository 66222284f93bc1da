import Persistent
import Vocabulary

/// Applies facts; total, because every one was checked before it was logged.
extension ResourceGraph {
  /// - Precondition: `check` let the change pass on this very graph.
  public mutating func apply(_ change: GraphChange) {
    version += 1
    switch change {
    case .add(let fragment, let parent): add(fragment, under: parent)
    case .remove(let vertex): remove(vertex)
    case .setStatus(let vertex, let status): setFlag(.down, status == .down, of: vertex)
    case .exclude(let vertex, let isExcluded): setFlag(.excluded, isExcluded, of: vertex)
    case .drain(let vertex, let drain):
      drains[vertex.rawValue] = drain
      setFlag(.drained, drain != nil, of: vertex)
    case .setProperties(let vertex, let changes):
      let merged = merged(changes, into: properties[vertex.rawValue] ?? [])
      properties[vertex.rawValue] = merged.isEmpty ? nil : merged
    case .resize(let vertex, let size): resize(vertex, to: size)
    case .addEdge(let edge): link(edge)
    case .removeEdge(let edge):
      guard let stored = stored(edge) else { preconditionFailure("an edge of unknown words") }
      unlink(stored)
    }
  }

  func merged(_ changes: [PropertyChange], into properties: [Property]) -> [Property] {
    var merged = properties
    for change in changes {
      merged.removeAll { $0.key == change.key }
      if let value = change.value { merged.append(Property(key: change.key, value: value)) }
    }
    return merged.sorted()
  }

  private mutating func setFlag(_ flag: Vertex.Flags, _ isSet: Bool, of vertex: VertexID) {
    let number = vertex.rawValue
    guard self[number].flags.contains(flag) != isSet else { return }
    changeContribution(of: number) { graph in
      graph.vertices.modify(Int(number)) { vertex in
        if isSet { vertex.flags.insert(flag) } else { vertex.flags.remove(flag) }
      }
    }
  }

  /// Carries up whatever `body` makes the vertex contribute more or less.
  mutating func changeContribution(of number: UInt32, _ body: (inout ResourceGraph) -> Void) {
    var changes = contributions(of: number)
    for index in changes.indices { changes[index].amount.negate() }
    body(&self)
    for change in contributions(of: number) { Self.add(change, to: &changes) }
    propagate(changes.filter { $0.amount != 0 }, holds: 0, from: number)
  }

  private mutating func resize(_ vertex: VertexID, to size: Amount) {
    let number = vertex.rawValue
    let difference = size.thousandths - self[number].size
    changeContribution(of: number) { $0.vertices.modify(Int(number)) { $0.size = size.thousandths } }
    changeTotals([Change(type: self[number].type, amount: difference)], above: number)
  }

  /// Carries a change of what there is up to the root.
  mutating func changeTotals(_ changes: [Change], above number: UInt32) {
    var next = self[number].parent
    while next != Vertex.none {
      interiors.modify(Int(self[next].interior)) { interior in
        for change in changes {
          guard let index = interior.index(of: change.type) else { preconditionFailure("a type beneath is not summed") }
          interior.total[index] += change.amount
        }
      }
      next = self[next].parent
    }
  }

  // MARK: Edges

  func stored(_ edge: GraphEdge) -> Edge? {
    guard let subsystem = names.number(of: edge.subsystem), let relationship = names.number(of: edge.relationship)
    else {
      return nil
    }
    return Edge(
      source: edge.source.rawValue, subsystem: subsystem, target: edge.target.rawValue, relationship: relationship)
  }

  private mutating func link(_ edge: GraphEdge) {
    let subsystem = names.number(adding: edge.subsystem)
    let relationship = names.number(adding: edge.relationship)
    let stored = Edge(
      source: edge.source.rawValue, subsystem: subsystem, target: edge.target.rawValue, relationship: relationship)
    edges.insert(stored)
    auxiliaryTypes.insert(self[stored.source].type)
    edgesByTarget.insert(
      ReversedEdge(
        target: stored.target, subsystem: subsystem, source: stored.source, relationship: relationship))
  }

  mutating func unlink(_ edge: Edge) {
    edges.remove(edge)
    edgesByTarget.remove(
      ReversedEdge(
        target: edge.target, subsystem: edge.subsystem, source: edge.source, relationship: edge.relationship))
  }

  /// Whether edges of a subsystem lead from one vertex to another.
  func reaches(_ start: VertexID, _ goal: VertexID, in subsystem: String) -> Bool {
    guard let number = names.number(of: subsystem) else { return false }
    var seen: Set<UInt32> = [start.rawValue]
    var open = [start.rawValue]
    while let next = open.popLast() {
      if next == goal.rawValue { return true }
      forEachEdge(from: next, in: number) { edge in
        if seen.insert(edge.target).inserted { open.append(edge.target) }
      }
    }
    return false
  }

  func forEachEdge(from source: UInt32, in subsystem: UInt16, _ body: (Edge) -> Void) {
    edges.forEach(from: Edge(source: source, subsystem: subsystem, target: 0, relationship: 0)) { edge in
      guard edge.source == source, edge.subsystem == subsystem else { return false }
      body(edge)
      return true
    }
  }
}

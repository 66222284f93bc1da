import Persistent
import Vocabulary

/// Removing a subtree: costs its vertices and its depth. Numbers and ranks are never reused.
extension ResourceGraph {
  /// - Precondition: nothing at, beneath or above it is held.
  mutating func remove(_ vertex: VertexID) {
    let number = vertex.rawValue
    let stored = self[number]
    var totals: [Change] = []
    if let interior = interior(of: stored) {
      for (index, type) in interior.types.enumerated() {
        Self.add(Change(type: type, amount: -interior.total[index]), to: &totals)
      }
    }
    Self.add(Change(type: stored.type, amount: -stored.size), to: &totals)
    changeTotals(totals, above: number)
    changeContribution(of: number) { graph in
      graph.vertices.modify(Int(number)) { $0.flags.formUnion(.removed) }
    }
    var gone: [UInt32] = [number]
    forEachNumber(beneath: number) { gone.append($0) }
    for number in gone { forget(number) }
    detach(number, from: stored.parent)
  }

  /// What hangs on a vertex besides the vertex itself, which stays so that old allocations can be told.
  private mutating func forget(_ number: UInt32) {
    let vertex = self[number]
    vertices.modify(Int(number)) { $0.flags.formUnion(.removed) }
    liveCount -= 1
    properties[number] = nil
    drains[number] = nil
    if vertex.host == number { hostsByName[name(of: VertexID(number))] = nil }
    var touching: [Edge] = []
    edges.forEach(from: Edge(source: number, subsystem: 0, target: 0, relationship: 0)) { edge in
      guard edge.source == number else { return false }
      touching.append(edge)
      return true
    }
    edgesByTarget.forEach(from: ReversedEdge(target: number, subsystem: 0, source: 0, relationship: 0)) { edge in
      guard edge.target == number else { return false }
      touching.append(
        Edge(source: edge.source, subsystem: edge.subsystem, target: number, relationship: edge.relationship))
      return true
    }
    for edge in touching { unlink(edge) }
  }

  private mutating func detach(_ number: UInt32, from parent: UInt32) {
    let place = Int(self[parent].interior)
    let slot = Int(self[number].slot)
    let isSparse = interiors.modify(place) { interior in
      interior.children[slot] = Vertex.none
      interior.liveChildren -= 1
      return interior.children.count > Interior.groupWidth && interior.liveChildren < interior.children.count / 2
    }
    if isSparse || slot == interiors[place].children.count - 1 && interiors[place].maxima.isEmpty { compact(place) }
  }

  /// Closes the gaps among children; by then half of them are gone, so that it costs a constant a removal.
  private mutating func compact(_ place: Int) {
    let children = interiors[place].children.filter { $0 != Vertex.none }
    for (slot, child) in children.enumerated() {
      vertices.modify(Int(child)) { $0.slot = UInt32(slot) }
    }
    interiors.modify(place) { $0.children = children }
    rebuildMaxima(of: place)
  }
}

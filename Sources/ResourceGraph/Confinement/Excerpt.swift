import Persistent
import Vocabulary

/// The vertices that grants name, what lies beneath those that are given whole, and what contains them.
struct Excerpt {
  private let whole: ResourceGraph
  private let amounts: [UInt32: Amount]
  /// Vertices that contain granted ones, and are not granted themselves.
  private var ancestors: Set<UInt32> = []
  /// In the order in which `makeGraph` numbers them.
  private(set) var vertices: [VertexID] = []
  /// Where each of them is there.
  private(set) var places: [VertexID: VertexID] = [:]

  init(_ grants: [Grant], of whole: ResourceGraph) {
    self.whole = whole
    amounts = Dictionary(uniqueKeysWithValues: grants.map { ($0.vertex.rawValue, $0.amount) })
    for grant in grants {
      _ = whole.hasAncestor(of: grant.vertex.rawValue) { !ancestors.insert($0).inserted }
    }
  }

  var partial: [VertexID] { ancestors.map { VertexID($0) } }

  /// Parents before their children, siblings in their order: as a fragment is numbered when it is added.
  mutating func makeGraph() -> ResourceGraph {
    var graph = ResourceGraph()
    guard let root = whole.root, let fragment = fragment(of: root.rawValue, isWithin: false) else { return graph }
    graph.add(fragment, under: nil)
    addEdges(to: &graph)
    return graph
  }

  /// - Parameter isWithin: something that contains the vertex is granted whole.
  private mutating func fragment(of number: UInt32, isWithin: Bool) -> Fragment? {
    let amount = amounts[number]
    guard isWithin || amount != nil || ancestors.contains(number) else { return nil }
    let vertex = VertexID(number)
    places[vertex] = VertexID(UInt32(vertices.count))
    vertices.append(vertex)
    let stored = whole[number]
    var children: [Fragment] = []
    if let interior = whole.interior(of: stored) {
      for child in interior.children where child != Vertex.none {
        if let part = fragment(of: child, isWithin: isWithin || amount != nil) { children.append(part) }
      }
    }
    let name = stored.flags.contains(.named) ? try? Hostlist([whole.name(of: vertex)]) : nil
    return Fragment(
      type: whole.names[stored.type], basename: whole.names[stored.basename], names: name, firstID: Int(stored.id),
      size: amount ?? Amount(thousandths: stored.size), unit: whole.names[stored.unit],
      properties: whole.properties[number] ?? [], cpus: whole.hardware[number] ?? [], children: children)
  }

  /// Those of which both ends are here.
  private func addEdges(to graph: inout ResourceGraph) {
    guard whole.edgeCount > 0 else { return }
    for (source, vertex) in vertices.enumerated() {
      whole.edges.forEach(from: Edge(source: vertex.rawValue, subsystem: 0, target: 0, relationship: 0)) { edge in
        guard edge.source == vertex.rawValue else { return false }
        if let target = places[VertexID(edge.target)] {
          graph.apply(
            .addEdge(
              GraphEdge(
                subsystem: whole.names[edge.subsystem], source: VertexID(UInt32(source)),
                target: target, relationship: whole.names[edge.relationship])))
        }
        return true
      }
    }
  }
}

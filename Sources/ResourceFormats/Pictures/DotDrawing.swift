import ResourceGraph

/// A graph in the language of Graphviz: containment drawn through, other subsystems dashed.
struct DotDrawing {
  private let picture: GraphPicture
  private var graph: ResourceGraph { picture.graph }

  init(_ picture: GraphPicture) { self.picture = picture }

  func draw(_ text: inout PictureText) {
    text.line("digraph resources {")
    text.line("  rankdir=LR;")
    text.line("  node [shape=box, style=filled, fontname=\"sans-serif\"];")
    var drawn: Set<VertexID> = []
    if let root = picture.root {
      draw(root, parent: nil, VertexSurroundings(), picture.drawnDepth, &drawn, &text)
    }
    var edges = 0
    graph.forEachEdge { edge in
      guard drawn.contains(edge.source), drawn.contains(edge.target), edges < GraphPicture.maximumEdges else { return }
      edges += 1
      let label = PictureText.dot("\(edge.subsystem): \(edge.relationship)")
      text.line("  v\(edge.source.rawValue) -> v\(edge.target.rawValue) [style=dashed, color=gray, label=\(label)];")
    }
    text.line("}")
  }

  private func draw(
    _ vertex: VertexID, parent: VertexID?, _ outer: VertexSurroundings, _ depth: Int, _ drawn: inout Set<VertexID>,
    _ text: inout PictureText
  ) {
    guard let view = graph.view(of: vertex) else { return }
    let (state, inner) = outer.entering(vertex, view, in: graph)
    drawn.insert(vertex)
    let label = PictureText.dot(state == .free ? view.name : "\(view.name) (\(state.name))")
    text.line("  v\(vertex.rawValue) [label=\(label), fillcolor=\"\(state.fill)\", fontcolor=\"\(state.ink)\"];")
    if let parent { text.line("  v\(parent.rawValue) -> v\(vertex.rawValue);") }
    guard depth > 0 else { return }
    for child in graph.children(of: vertex) { draw(child, parent: vertex, inner, depth - 1, &drawn, &text) }
  }
}

extension VertexState {
  /// Okabe and Ito's colours, which those who see fewer colours can tell apart too.
  var fill: String {
    switch self {
    case .free: "#e6f3ec"
    case .partlyHeld: "#9fd0ee"
    case .held: "#0072b2"
    case .drained: "#f0e442"
    case .down: "#d55e00"
    case .excluded: "#b5b5b5"
    }
  }

  /// Of text on it.
  var ink: String { self == .held || self == .down ? "#ffffff" : "#1b1b1b" }
}

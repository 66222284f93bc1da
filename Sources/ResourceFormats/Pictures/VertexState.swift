import ResourceGraph
import Vocabulary

/// What a picture shows of a vertex.
enum VertexState: Int, CaseIterable {
  case free
  case partlyHeld
  case held
  case drained
  case down
  case excluded

  /// For people.
  var name: String {
    switch self {
    case .free: "free"
    case .partlyHeld: "partly held"
    case .held: "held"
    case .drained: "drained"
    case .down: "down"
    case .excluded: "excluded"
    }
  }

  /// Told apart without colours.
  var letter: String {
    switch self {
    case .free: ""
    case .partlyHeld: "P"
    case .held: "H"
    case .drained: "D"
    case .down: "X"
    case .excluded: "E"
    }
  }
}

/// What is above a vertex decides with it: a walk takes it along from the root of the picture.
struct VertexSurroundings {
  /// Whether nothing at or beneath the vertex can be taken, and why.
  var closure: VertexState?
  var isHeld = false

  /// Of a vertex within these surroundings.
  /// - Returns: its state, and the surroundings of its children.
  func entering(_ vertex: VertexID, _ view: VertexView, in graph: ResourceGraph) -> (VertexState, VertexSurroundings) {
    var inner = self
    if inner.closure == nil {
      inner.closure = view.closure
    }
    let taken = isHeld ? view.size : graph.taken(of: vertex)
    let isLeaf = graph.children(of: vertex).isEmpty
    if taken >= view.size { inner.isHeld = true }
    if let closure = inner.closure { return (closure, inner) }
    if inner.isHeld { return (.held, inner) }
    if isLeaf { return (taken > .zero ? .partlyHeld : .free, inner) }
    let hasFree = graph.hasFree(beneath: vertex)
    if graph.isInUse(vertex) { return (hasFree ? .partlyHeld : .held, inner) }
    // Nothing of it can be taken because of what is closed within: it is not free either.
    return (hasFree ? .free : graph.closure(beneath: vertex) ?? .free, inner)
  }
}

extension VertexView {
  fileprivate var closure: VertexState? {
    isDown ? .down : drain != nil ? .drained : isExcluded ? .excluded : nil
  }
}

extension ResourceGraph {
  /// Whether anything at the end of a branch could be taken; stops at the first.
  fileprivate func hasFree(beneath vertex: VertexID) -> Bool {
    children(of: vertex).contains { child in
      guard let view = view(of: child), view.closure == nil, taken(of: child) < view.size else { return false }
      return children(of: child).isEmpty || hasFree(beneath: child)
    }
  }

  /// Why the first closed vertex beneath another one is closed.
  fileprivate func closure(beneath vertex: VertexID) -> VertexState? {
    for child in children(of: vertex) {
      if let closure = view(of: child)?.closure ?? closure(beneath: child) { return closure }
    }
    return nil
  }
}

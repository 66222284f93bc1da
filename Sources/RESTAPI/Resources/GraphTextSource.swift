import HTTPServing
import ResourceFormats
import ResourceGraph
import Synchronization

/// A graph as JGF, written as it is read: the text is never in memory as a whole.
final class GraphTextSource: StreamSource {
  /// Vertices or edges that one pull writes at most, so that no thread is kept long.
  private static let elementsPerPull = 512

  private struct State {
    var writer = JGFWriter()
    var vertices: [VertexID]
    var nextVertex = 0
    /// Edges begin when all vertices are written.
    var nextChild = 0
    var rest: ArraySlice<UInt8> = []
    var hasEnded = false
    var otherEdges: [GraphEdge]?
    var nextOther = 0
  }

  private let graph: ResourceGraph
  private let hasContainment: Bool
  private let isIncluded: @Sendable (GraphEdge) -> Bool
  private let onClose: @Sendable () -> Void
  private let state: Mutex<State>

  /// - Parameter onClose: called when nobody reads it any longer.
  init(_ graph: ResourceGraph, _ selection: GraphSelection, onClose: @escaping @Sendable () -> Void) {
    self.graph = graph
    self.onClose = onClose
    hasContainment = selection.hasContainment
    let vertices = selection.vertices(of: graph)
    let numbers = graph.edgeCount > 0 ? Set(vertices) : []
    let subsystem = selection.subsystem
    isIncluded = { edge in
      (subsystem == nil || edge.subsystem == subsystem) && numbers.contains(edge.source)
        && numbers.contains(edge.target)
    }
    state = Mutex(State(vertices: vertices))
  }

  func attach(_ waker: StreamWaker) {}
  func closed() { onClose() }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      while count < buffer.count, !state.hasEnded {
        write(&state)
        state.rest = state.writer.takeChunk()[...]
        unsafe state.rest.move(into: buffer, &count)
      }
      return count > 0 ? .wrote(count) : .finished
    }
  }

  private func write(_ state: inout State) {
    var budget = Self.elementsPerPull
    while state.nextVertex < state.vertices.count, budget > 0 {
      append(state.vertices[state.nextVertex], &state.writer)
      state.nextVertex += 1
      budget -= 1
    }
    guard state.nextVertex == state.vertices.count else { return }
    while hasContainment, state.nextChild + 1 < state.vertices.count, budget > 0 {
      state.nextChild += 1
      let child = state.vertices[state.nextChild]
      if let parent = graph.view(of: child)?.parent {
        state.writer.append(JGFEdge(source: parent.rawValue, target: child.rawValue))
      }
      budget -= 1
    }
    guard budget > 0 else { return }
    if state.otherEdges == nil { state.otherEdges = otherEdges() }
    while let edges = state.otherEdges, state.nextOther < edges.count, budget > 0 {
      let edge = edges[state.nextOther]
      state.writer.append(
        JGFEdge(
          source: edge.source.rawValue, target: edge.target.rawValue, subsystem: edge.subsystem,
          relationship: edge.relationship))
      state.nextOther += 1
      budget -= 1
    }
    guard budget > 0 else { return }
    state.writer.end()
    state.hasEnded = true
  }

  private func otherEdges() -> [GraphEdge] {
    var edges: [GraphEdge] = []
    graph.forEachEdge { if isIncluded($0) { edges.append($0) } }
    return edges
  }

  private func append(_ vertex: VertexID, _ writer: inout JGFWriter) {
    guard let view = graph.view(of: vertex) else { return }
    writer.append(
      JGFVertex(
        uniqueID: vertex.rawValue, type: view.type, basename: view.basename, name: view.name, id: view.id,
        rank: view.rank ?? view.host.flatMap { graph.rank(of: $0) }, status: view.isDown ? .down : .up,
        unit: view.unit, size: view.size, properties: view.properties, path: graph.path(of: vertex)))
  }
}

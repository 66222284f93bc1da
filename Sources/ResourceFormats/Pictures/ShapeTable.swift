import ResourceGraph
import Vocabulary

/// Numbers shapes: two vertices have the same number if they and all that they hold are of the same types and sizes.
struct ShapeTable {
  private struct Shape: Hashable {
    let type: String
    let size: Amount
    let unit: String
    /// Runs of children of one shape.
    let children: [Run]
  }

  private struct Run: Hashable {
    let shape: Int
    var count: Int
  }

  private let graph: ResourceGraph
  private var numbers: [Shape: Int] = [:]
  private var known: [VertexID: Int] = [:]

  init(_ graph: ResourceGraph) { self.graph = graph }

  mutating func shape(of vertex: VertexID) -> Int {
    if let shape = known[vertex] { return shape }
    var runs: [Run] = []
    for child in graph.children(of: vertex) {
      let shape = shape(of: child)
      if runs.last?.shape == shape { runs[runs.count - 1].count += 1 } else { runs.append(Run(shape: shape, count: 1)) }
    }
    guard let view = graph.view(of: vertex) else { return -1 }
    let shape = Shape(type: view.type, size: view.size, unit: view.unit, children: runs)
    let number = numbers[shape] ?? numbers.count
    numbers[shape] = number
    known[vertex] = number
    return number
  }
}

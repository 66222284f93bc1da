public import ResourceGraph

/// Draws a graph, or what lies beneath one vertex, as it is now: who contains whom, and what is free.
///
/// Everything is written in pieces, so that a large picture is never in memory as a whole.
public struct GraphPicture {
  let graph: ResourceGraph
  let root: VertexID?
  /// Levels beneath the root that are drawn; 0: the root alone.
  let depth: Int

  /// What a browser still draws within seconds. Levels that would bring more are left out, and the picture says so.
  public static let maximumDrawn = 40_000
  /// Edges beside containment, of which more would hide what is beneath them.
  public static let maximumEdges = 2_000

  /// - Parameters:
  ///   - root: where the picture begins; `nil`: the root of the graph.
  ///   - depth: levels beneath it.
  public init(_ graph: ResourceGraph, root: VertexID? = nil, depth: Int = .max) {
    self.graph = graph
    self.root = root ?? graph.root
    self.depth = depth
  }

  /// A drawing of nested boxes, coloured by what is held, with a title for each vertex.
  public func svg(_ write: @escaping ([UInt8]) -> Void) {
    var text = PictureText(write)
    SVGDrawing(self).draw(&text)
    text.flush()
  }

  /// The language of Graphviz.
  public func dot(_ write: @escaping ([UInt8]) -> Void) {
    var text = PictureText(write)
    DotDrawing(self).draw(&text)
    text.flush()
  }

  /// Lines for a terminal; children that are alike are one line.
  public func tree(_ write: @escaping ([UInt8]) -> Void) {
    var text = PictureText(write)
    TreeDrawing(self).draw(&text)
    text.flush()
  }

  /// As many levels as the depth and the limit allow.
  var drawnDepth: Int {
    guard let root else { return 0 }
    var counts: [Int] = []
    var level = [root]
    var sum = 0
    while !level.isEmpty, counts.count <= depth {
      sum += level.count
      if sum > Self.maximumDrawn { break }
      counts.append(level.count)
      level = level.flatMap { graph.children(of: $0) }
    }
    return max(0, counts.count - 1)
  }
}

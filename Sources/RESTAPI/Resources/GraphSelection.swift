import HTTPServing
import Jobspec
import ResourceGraph
import Vocabulary

/// Which part of the graph a request is about.
struct GraphSelection {
  /// Query arguments that it reads.
  static let arguments = ["root", "depth", "q", "subsystem"]

  let root: VertexID?
  let depth: Int
  /// Hosts that a query allows; `nil`: all.
  let hosts: HostSet?
  /// `nil`: all.
  let subsystem: String?

  init(_ query: QueryReader, _ graph: ResourceGraph) throws(Problem) {
    if let text = try query.text("root") {
      guard let vertex = Self.vertex(text, graph) else { throw .notFound }
      root = vertex
    } else {
      root = graph.root
    }
    depth = try query.integer("depth", in: 0...GraphLimits.maximumDepth) ?? GraphLimits.maximumDepth
    subsystem = try query.text("subsystem")
    if let text = try query.text("q") {
      do throws(SyntaxFault) {
        hosts = graph.hosts(allowedBy: try ConstraintQuery.parse(text))
      } catch {
        throw .badQuery("q, at \(error.offset): \(error.message)")
      }
    } else {
      hosts = nil
    }
  }

  /// By number, or by containment path.
  static func vertex(_ text: String, _ graph: ResourceGraph) -> VertexID? {
    if text.hasPrefix("/") { return graph.vertex(at: text) }
    guard let number = UInt32(text), graph.contains(VertexID(number)) else { return nil }
    return VertexID(number)
  }

  /// Parents before their children. What lies on a host that the query excludes is left out.
  func vertices(of graph: ResourceGraph) -> [VertexID] {
    guard let root else { return [] }
    var found: [VertexID] = []
    graph.forEachVertex(from: root, depth: depth) { vertex in
      if let hosts, let rank = graph.hostRank(of: vertex), !hosts.contains(rank) { return }
      found.append(vertex)
    }
    return found
  }

  var hasContainment: Bool { subsystem == nil || subsystem == "containment" }
}

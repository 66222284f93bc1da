import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension API {
  static var nodeRoutes: [Route] {
    [
      Route("GET", "/v1/nodes", .none { api, context throws(Problem) in try api.listNodes(context) }),
      Route("GET", "/v1/nodes/{name}", .none { api, context throws(Problem) in try api.showNode(context) }),
      Route(
        "POST", "/v1/nodes/{name}/drain",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: true) { api, context, body throws(Problem) in
          let fields = try ClosedObject(body, allowing: ["reason"], isOptional: true)
          return try api.drainNode(context, reason: try MutationReader.reason(fields))
        }),
      Route(
        "POST", "/v1/nodes/{name}/undrain",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: true) { api, context, body throws(Problem) in
          _ = try ClosedObject(body, allowing: [], isOptional: true)
          return try api.drainNode(context, reason: nil)
        }),
    ]
  }

  private func listNodes(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["state", "q", "limit", "cursor", "at"])
    let graph = try graph(query)
    let states = try Self.nodeStates(query)
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    let first = try query.integer("cursor", in: 0...Int(Int32.max)) ?? 0
    let hosts = try GraphSelection(query, graph).hosts
    let (departures, position) = broker.withSnapshot { ($0.departures, $0.position) }
    return readLater(context) { [self] () throws(Problem) in
      var page: [VertexID] = []
      var next: Int?
      graph.forEachHost { rank, host in
        guard rank >= first, hosts?.contains(rank) ?? true else { return true }
        let state = NodeState(host, graph, isLeaving: departures.contains(host))
        guard states?.contains(state) ?? true else { return true }
        if page.count == limit {
          next = rank
          return false
        }
        page.append(host)
        return true
      }
      return Answers.object(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)]) { writer in
        writer.name("items")
        writer.array { writer in
          for host in page {
            GraphRendering.writeNode(host, graph, isLeaving: departures.contains(host), to: &writer)
          }
        }
        if let next { writer.field("next_cursor", String(next)) } else { writer.nullField("next_cursor") }
        writer.field("version", graph.version)
        writer.field("position", position.text)
      }
    }
  }

  /// `nil`: all.
  private static func nodeStates(_ query: QueryReader) throws(Problem) -> Set<NodeState>? {
    guard let text = try query.text("state") else { return nil }
    var states: Set<NodeState> = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let state = NodeState(rawValue: String(name)) else {
        throw .badQuery("state is one or more of free, mixed, allocated, draining, drained, down, excluded, leaving")
      }
      states.insert(state)
    }
    return states
  }

  private func showNode(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["at"])
    guard let name = context.parameters.first, name.utf8.count <= GraphLimits.maximumNameBytes else { throw .notFound }
    let graph = try graph(query)
    guard let host = graph.host(named: name) else { throw .notFound }
    let departures = broker.withSnapshot { $0.departures }
    var writer = JSONWriter(reservingCapacity: 512)
    GraphRendering.writeNode(host, graph, isLeaving: departures.contains(host), to: &writer)
    return .now(Answers.json(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)], writer.take()))
  }

  /// - Parameter reason: `nil`: it takes work again.
  private func drainNode(_ context: RequestContext, reason: String?) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    try demandOwner(context, "only the instance owner may change the resources")
    let name = context.parameters.first ?? ""
    let isKnown = broker.withSnapshot { $0.graph?.host(named: name) != nil }
    guard isKnown else { throw .notFound }
    let expected = context.head.header("if-match") == nil ? nil : try GraphTag.expected(context.head, epoch)
    let mutation = GraphMutation(expectedVersion: expected, operations: [.drain(.host(name), reason: reason)])
    return try mutate(mutation, context, isDryRun: try query.flag("dry_run"))
  }
}

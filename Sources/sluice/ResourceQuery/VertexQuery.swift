import Jobspec
import ResourceGraph
import Vocabulary

/// Which vertices `find` lists: conditions joined by *and*, *or* and *not*.
///
/// A condition is `operator=operand`, as Fluxion writes it, or `operator:operand`; a word without an
/// operator is a property. `hostlist` takes hosts and all that is on them;
/// the rest is asked of the vertex itself.
/// - Source: RFC 35 for the joining; flux-sched's `find` for `status` and `sched-now`.
indirect enum VertexQuery {
  case status(isDown: Bool)
  case property(String)
  case names(HostnameSet)
  case hostlist(HostnameSet)
  case type(String)
  case allocated(Bool)
  case not(VertexQuery)
  case all([VertexQuery])
  case any([VertexQuery])

  private static let operators = ["status", "property", "names", "hostlist", "type", "sched-now"]

  init(parsing text: String) throws(QueryFault) {
    let tree: QueryTree
    do throws(SyntaxFault) { tree = try QueryTree.parse(text) } catch { throw QueryFault(error.text) }
    try self.init(tree)
  }

  private init(_ tree: QueryTree) throws(QueryFault) {
    switch tree {
    case .term(let term): self = try Self.condition(term)
    case .not(let query): self = .not(try VertexQuery(query))
    case .and(let queries): self = .all(try Self.conditions(queries))
    case .or(let queries): self = .any(try Self.conditions(queries))
    }
  }

  private static func conditions(_ trees: [QueryTree]) throws(QueryFault) -> [VertexQuery] {
    var conditions: [VertexQuery] = []
    for tree in trees { conditions.append(try VertexQuery(tree)) }
    return conditions
  }

  private static func condition(_ term: QueryTerm) throws(QueryFault) -> VertexQuery {
    if let name = term.operator { return try condition(name, term.operand) }
    guard let equals = term.operand.firstIndex(of: "=") else { return .property(term.operand) }
    return try condition(
      String(term.operand[..<equals]), String(term.operand[term.operand.index(after: equals)...]))
  }

  private static func condition(_ name: String, _ operand: String) throws(QueryFault) -> VertexQuery {
    switch (name, operand) {
    case ("status", "up"), ("status", "down"): return .status(isDown: operand == "down")
    case ("sched-now", "allocated"), ("sched-now", "free"): return .allocated(operand == "allocated")
    case ("status", _): throw QueryFault("status= is up or down, not \"\(operand)\"")
    case ("sched-now", _): throw QueryFault("sched-now= is allocated or free, not \"\(operand)\"")
    case ("property", _): return .property(operand)
    case ("type", _): return .type(operand)
    case ("names", _): return .names(try hosts(operand))
    case ("hostlist", _): return .hostlist(try hosts(operand))
    default:
      throw QueryFault("there is no operator \"\(name)\"; there are \(operators.joined(separator: ", "))")
    }
  }

  private static func hosts(_ text: String) throws(QueryFault) -> HostnameSet {
    do throws(Hostlist.ParsingError) {
      return HostnameSet(try Hostlist(parsing: text))
    } catch {
      throw QueryFault("\"\(text)\" is no list of names such as node[0-3]")
    }
  }

  func matches(_ vertex: VertexID, in graph: ResourceGraph) -> Bool {
    switch self {
    case .type(let type): graph.type(of: vertex) == type
    case .names(let names): names.contains(graph.name(of: vertex))
    case .allocated(let isAllocated): (graph.taken(of: vertex) > .zero) == isAllocated
    case .status(let isDown): graph.view(of: vertex)?.isDown == isDown
    case .hostlist(let hosts):
      graph.view(of: vertex)?.host.map { hosts.contains(graph.name(of: $0)) } ?? false
    case .property(let text):
      graph.view(of: vertex)?.properties.contains {
        $0.key == text || "\($0.key)=\($0.value)" == text
      } ?? false
    case .not(let query): !query.matches(vertex, in: graph)
    case .all(let queries): queries.allSatisfy { $0.matches(vertex, in: graph) }
    case .any(let queries): queries.contains { $0.matches(vertex, in: graph) }
    }
  }
}

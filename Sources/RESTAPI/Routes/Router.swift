/// Finds the route of a request by its path's segments, then by its method.
struct Router: Sendable {
  private final class Node: Sendable {
    let literals: [String: Node]
    let parameter: Node?
    let routes: [Route]

    init(_ routes: [(rest: ArraySlice<Route.Segment>, route: Route)]) {
      self.routes = routes.filter { $0.rest.isEmpty }.map(\.route)
      var byLiteral: [String: [(rest: ArraySlice<Route.Segment>, route: Route)]] = [:]
      var byParameter: [(rest: ArraySlice<Route.Segment>, route: Route)] = []
      for (rest, route) in routes {
        switch rest.first {
        case .literal(let text): byLiteral[text, default: []].append((rest.dropFirst(), route))
        case .parameter: byParameter.append((rest.dropFirst(), route))
        case nil: break
        }
      }
      literals = byLiteral.mapValues { Node($0) }
      parameter = byParameter.isEmpty ? nil : Node(byParameter)
    }
  }

  let routes: [Route]
  private let root: Node

  init(_ routes: [Route]) {
    self.routes = routes
    root = Node(routes.map { ($0.segments[...], $0) })
  }

  enum Finding {
    case route(Route, parameters: [String])
    /// The path exists with these methods.
    case otherMethods([String])
    case nothing
  }

  /// HEAD finds the route of GET.
  func find(_ method: String, _ path: [String]) -> Finding {
    var node = root
    var parameters: [String] = []
    for segment in path {
      if let next = node.literals[segment] {
        node = next
      } else if let next = node.parameter {
        parameters.append(segment)
        node = next
      } else {
        return .nothing
      }
    }
    guard !node.routes.isEmpty else { return .nothing }
    let wanted = method == "HEAD" ? "GET" : method
    if let route = node.routes.first(where: { $0.method == wanted }) { return .route(route, parameters: parameters) }
    let methods = node.routes.map(\.method)
    return .otherMethods((methods + (methods.contains("GET") ? ["HEAD"] : [])).sorted())
  }
}

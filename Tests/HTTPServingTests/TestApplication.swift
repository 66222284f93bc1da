import HTTPServing
import Synchronization

/// An application of closures, which echoes what it was asked unless told otherwise.
final class TestApplication: HTTPApplication {
  typealias Route = @Sendable (HTTPRequestHead) -> Admission?

  private let route: Route
  private let paths = Mutex<[String]>([])

  init(route: @escaping Route = { _ in nil }) { self.route = route }

  /// The targets of all requests that passed the guard, in order.
  var admitted: [String] { paths.withLock { $0 } }

  func admit(_ head: HTTPRequestHead) -> Admission {
    paths.withLock { $0.append(head.rawTarget) }
    if let admission = route(head) { return admission }
    return .collect(limit: 1 << 20) { request in
      let path = request.head.path.joined(separator: "|")
      let query = request.head.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
      let body = "SAW \(request.head.method) [\(path)] [\(query)] body \(request.body.count)"
      return .now(
        HTTPResponse(status: 200, headers: [HeaderField(name: "X-Echo", value: "1")], body: Array(body.utf8)))
    }
  }

  func refusal(_ fault: GuardFault, head: HTTPRequestHead?) -> HTTPResponse {
    HTTPResponse(status: fault.status, body: Array("REFUSED \(fault.code)".utf8))
  }

  func permitsBody(_ head: HTTPRequestHead) -> Bool { head.path.first == "facade" }
}

func makeServer(
  _ application: any HTTPApplication, threads: Int = 2, tls: TLSIdentity? = nil,
  listener: HTTPServerConfiguration.Listener = .tcp(address: "127.0.0.1", port: 0),
  limits: (inout HTTPLimits) -> Void = { _ in }
) throws -> HTTPServer {
  var chosen = HTTPLimits()
  limits(&chosen)
  return try HTTPServer(
    configuration: HTTPServerConfiguration(listener: listener, tls: tls, threads: threads, limits: chosen),
    application: application)
}

/// Waits until something holds, five seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<2500 {
    if condition() { return true }
    usleep(2000)
  }
  return condition()
}

import Glibc

import HTTPServing
import RESTAPI
import Synchronization

/// What the HTTP servers count, for `/metrics`.
final class ServerStatistics: Sendable {
  private let servers = Mutex<[HTTPServer]>([])

  func observe(_ servers: [HTTPServer]) { self.servers.withLock { $0 = servers } }

  var current: [Statistic] {
    let all = servers.withLock { $0 }.map(\.statistics)
    func sum(_ path: KeyPath<HTTPServerStatistics, Int>) -> Double { Double(all.reduce(0) { $0 + $1[keyPath: path] }) }
    return [
      Statistic(
        name: "sluice_http_connections", help: "Open connections.", kind: .gauge, value: sum(\.openConnections)),
      Statistic(name: "sluice_http_streams", help: "Open streams.", kind: .gauge, value: sum(\.openStreams)),
      Statistic(name: "sluice_http_requests_total", help: "Requests.", kind: .counter, value: sum(\.requests)),
      Statistic(
        name: "sluice_http_refused_requests_total", help: "Requests refused by the guard.", kind: .counter,
        value: sum(\.refusedRequests)),
      Statistic(
        name: "sluice_http_expired_connections_total", help: "Connections closed at a deadline.", kind: .counter,
        value: sum(\.expiredConnections)),
    ]
  }
}

import Glibc
import HTTPServing
import Synchronization
import Testing

@Suite struct ParkedReplyTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
  private static let late: @Sendable () -> HTTPResponse = { HTTPResponse(status: 504) }

  /// A server whose every answer is parked, and the replies as they come.
  private final class Lot: Sendable {
    let replies = Mutex<[PendingReply]>([])
    let deadline: Double
    init(deadline: Double = 20) { self.deadline = deadline }

    var application: TestApplication {
      TestApplication { _ in
        .collect(limit: 0) { _ in
          let reply = PendingReply(onTimeout: ParkedReplyTests.late, deadline: self.deadline)
          self.replies.withLock { $0.append(reply) }
          return .later(reply)
        }
      }
    }
    var count: Int { replies.withLock { $0.count } }
  }

  @Test("A reply completed later, twice, from another thread is sent once") func later() throws {
    let lot = Lot()
    let server = try makeServer(lot.application)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    #expect(eventually { lot.count == 1 })
    let reply = try #require(lot.replies.withLock { $0.first })
    let thread = TestThread {
      reply.complete { HTTPResponse(status: 201) }
      reply.complete { HTTPResponse(status: 202) }
    }
    #expect(client.readResponse()?.status == 201)
    thread.join()
    client.send(Self.get)
    #expect(eventually { lot.count == 2 })
    lot.replies.withLock { $0[1] }.complete { HTTPResponse(status: 203) }
    #expect(client.readResponse()?.status == 203)
  }

  @Test("A reply that is complete before it is returned is sent at once") func immediately() throws {
    let server = try makeServer(
      TestApplication { _ in
        .collect(limit: 0) { _ in
          let reply = PendingReply(onTimeout: Self.late, deadline: 20)
          reply.complete { HTTPResponse(status: 201) }
          return .later(reply)
        }
      })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get + Self.get)
    #expect(client.readResponse()?.status == 201)
    #expect(client.readResponse()?.status == 201)
  }

  @Test("Completion races with parking ten thousand times and no answer is lost") func races() throws {
    let queue = Mutex<[PendingReply]>([])
    let isDone = Atomic(false)
    let server = try makeServer(
      TestApplication { _ in
        .collect(limit: 0) { _ in
          let reply = PendingReply(onTimeout: Self.late, deadline: 20)
          queue.withLock { $0.append(reply) }
          return .later(reply)
        }
      })
    defer { server.stop() }
    let completer = TestThread {
      while !isDone.load(ordering: .relaxed) {
        for reply in queue.withLock({ replies in
          defer { replies = [] }; return replies
        }) {
          reply.complete { HTTPResponse(status: 200) }
        }
      }
    }
    let clients = (0..<4).map { _ in TestClient(port: server.boundPort) }
    for client in clients { client.send(String(repeating: Self.get, count: 2500)) }
    var answers = 0
    for client in clients {
      for _ in 0..<2500 where client.readResponse()?.status == 200 { answers += 1 }
    }
    isDone.store(true, ordering: .relaxed)
    completer.join()
    #expect(answers == 10_000)
  }

  @Test("A reply that nobody completes is answered at its deadline") func deadline() throws {
    let server = try makeServer(Lot(deadline: 0.2).application)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    #expect(client.readResponse()?.status == 504)
  }

  @Test("Completing for a client that has left does no harm") func leftClient() throws {
    let lot = Lot()
    let server = try makeServer(lot.application)
    do {
      let client = TestClient(port: server.boundPort)
      client.send(Self.get)
      #expect(eventually { lot.count == 1 })
      client.reset()
    }
    for reply in lot.replies.withLock({ $0 }) { reply.complete { HTTPResponse(status: 200) } }
    #expect(eventually { server.statistics.openConnections == 0 })
    server.stop()
    for reply in lot.replies.withLock({ $0 }) { reply.complete { HTTPResponse(status: 200) } }
  }

  @Test("A drain waits for parked replies, and answers those that do not come") func drain() throws {
    let lot = Lot()
    let server = try makeServer(lot.application)
    let clients = (0..<2).map { _ in TestClient(port: server.boundPort) }
    clients[0].send(Self.get)
    #expect(eventually { lot.count == 1 })
    clients[1].send(Self.get)
    #expect(eventually { lot.count == 2 })
    let drain = TestThread { server.drain(within: 0.5) }
    lot.replies.withLock { $0[0] }.complete { HTTPResponse(status: 200) }
    let first = clients[0].readResponse()
    #expect(first?.status == 200)
    #expect(clients[1].readResponse()?.status == 504)
    drain.join()
    #expect(server.statistics.openConnections == 0)
  }
}

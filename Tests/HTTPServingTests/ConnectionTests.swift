import Glibc
import HTTPServing
import Synchronization
import Testing

@Suite struct ConnectionTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

  @Test("A hundred pipelined requests are answered in order on one connection") func pipelining() throws {
    let application = TestApplication()
    let server = try makeServer(application)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send((0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
    for index in 0..<100 { #expect(client.readResponse()?.text == "SAW GET [\(index)] [] body 0") }
    #expect(application.admitted == (0..<100).map { "/\($0)" })
    #expect(server.statistics.requests == 100)
  }

  @Test("Nothing behind a refusal that closes is executed") func nothingBehindRefusal() throws {
    let application = TestApplication()
    let server = try makeServer(application)
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get + "GET /b HTTP/1.1\r\n\r\n" + Self.get)
    #expect(client.readResponse()?.status == 200)
    #expect(client.readResponse()?.status == 400)
    #expect(client.endsNow())
    #expect(application.admitted == ["/a"])
  }

  @Test("HEAD has the head of GET and no body") func head() throws {
    let server = try makeServer(TestApplication())
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + Self.get)
    let head = try #require(client.readResponse(hasBody: false))
    let get = try #require(client.readResponse())
    #expect(head.status == 200)
    #expect(head.head.contains("Content-Length: \("SAW HEAD [a] [] body 0".utf8.count)"))
    #expect(head.head.contains("X-Echo: 1"))
    #expect(get.text == "SAW GET [a] [] body 0")
  }

  @Test("Expect: 100-continue is granted after admission, and not to a refused request")
  func expectation() throws {
    let server = try makeServer(
      TestApplication { head in
        head.header("authorization") == nil ? .refuse(HTTPResponse(status: 401)) : nil
      })
    defer { server.stop() }
    let refused = TestClient(port: server.boundPort)
    refused.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    #expect(refused.readResponse()?.status == 401)
    #expect(refused.endsNow())
    let large = TestClient(port: server.boundPort)
    large.send(
      "POST /a HTTP/1.1\r\nHost: h\r\nAuthorization: t\r\nContent-Length: 1048577\r\n"
        + "Expect: 100-continue\r\n\r\n"
    )
    #expect(large.readResponse()?.status == 413)
    #expect(large.endsNow())
    let good = TestClient(port: server.boundPort)
    good.send(
      "POST /a HTTP/1.1\r\nHost: h\r\nAuthorization: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    #expect(good.readResponse()?.status == 100)
    good.send("hello" + Self.get.replacing("\r\n\r\n", with: "\r\nAuthorization: t\r\n\r\n"))
    #expect(good.readResponse()?.text == "SAW POST [a] [] body 5")
    #expect(good.readResponse()?.status == 200)
  }

  @Test("A refusal without a body keeps the connection, with one it closes but is seen") func refusals()
    throws
  {
    let server = try makeServer(TestApplication { _ in .refuse(HTTPResponse(status: 404)) })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get + Self.get)
    #expect(client.readResponse()?.status == 404)
    #expect(client.readResponse()?.status == 404)
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n")
    client.send([UInt8](repeating: 120, count: 3_000_000))
    let response = try #require(client.readResponse())
    #expect(response.status == 404 && response.closes)
  }

  @Test("A chunked body over the limit is answered with 413 while it is still coming") func chunkedOverLimit()
    throws
  {
    let server = try makeServer(TestApplication())
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
    for _ in 0..<24 { client.send(chunk) }
    let response = try #require(client.readResponse())
    #expect(response.status == 413 && response.closes)
    #expect(response.text == "REFUSED body_too_large")
  }

  @Test("A body of a megabyte arrives whole, by length and in chunks") func largeBody() throws {
    let server = try makeServer(TestApplication())
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n")
    client.send([UInt8](repeating: 120, count: 1 << 20))
    #expect(client.readResponse()?.text == "SAW POST [a] [] body 1048576")
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in 0..<256 { client.send("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n") }
    client.send("0\r\n\r\n")
    #expect(client.readResponse()?.text == "SAW POST [a] [] body 1048576")
  }

  @Test("A client that stops sending still gets its answer, and is closed after the idle time at the latest")
  func halfClose() throws {
    let server = try makeServer(TestApplication()) { $0.idleTimeout = 1 }
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    client.finishSending()
    #expect(client.readResponse()?.status == 200)
    #expect(client.endsNow())
  }

  @Test("A large shared body is sent whole to many") func largeResponse() throws {
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let server = try makeServer(
      TestApplication { _ in .collect(limit: 0) { _ in .now(HTTPResponse(status: 200, body: body)) } })
    defer { server.stop() }
    let clients = (0..<8).map { _ in TestClient(port: server.boundPort) }
    for client in clients { client.send(Self.get + Self.get) }
    for client in clients {
      #expect(client.readResponse()?.body == body)
      #expect(client.readResponse()?.body == body)
    }
  }

  @Test("Heads, bodies and answers that drip are cut at their deadline") func deadlines() throws {
    let answer = [UInt8](repeating: 120, count: 16 << 20)
    let server = try makeServer(
      TestApplication { head in
        head.method == "GET" ? .collect(limit: 0) { _ in .now(HTTPResponse(status: 200, body: answer)) } : nil
      }
    ) {
      $0.headDeadline = 0.3
      $0.bodyDeadline = 0.4
      $0.bytesPerSecond = 1 << 30
    }
    defer { server.stop() }
    let silent = TestClient(port: server.boundPort)
    let head = TestClient(port: server.boundPort)
    let body = TestClient(port: server.boundPort)
    let reader = TestClient(port: server.boundPort)
    var small: Int32 = 4096
    setsockopt(reader.descriptor, SOL_SOCKET, SO_RCVBUF, &small, 4)
    head.send("GET /a HTTP/1.1\r\nHo")
    body.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhel")
    reader.send(Self.get)
    #expect(silent.endsNow())
    #expect(head.endsNow())
    #expect(body.endsNow())
    #expect(eventually { server.statistics.expiredConnections == 4 })
    #expect(eventually { server.statistics.openConnections == 0 })
    reader.reset()
  }

  @Test("An idle keep-alive connection is closed") func idle() throws {
    let server = try makeServer(TestApplication()) { $0.idleTimeout = 1 }
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    #expect(client.readResponse()?.status == 200)
    #expect(client.endsNow())
  }

  @Test("One connection too many is closed at once, and there is room when another leaves")
  func connectionLimits() throws {
    let server = try makeServer(TestApplication()) { $0.connections = 3 }
    defer { server.stop() }
    var clients = (0..<3).map { _ in TestClient(port: server.boundPort) }
    for client in clients {
      client.send(Self.get)
      #expect(client.readResponse()?.status == 200)
    }
    #expect(TestClient(port: server.boundPort).endsNow())
    #expect(server.statistics.refusedConnections == 1)
    clients.removeLast()
    #expect(eventually { server.statistics.openConnections == 2 })
    let late = TestClient(port: server.boundPort)
    late.send(Self.get)
    #expect(late.readResponse()?.status == 200)
  }

  @Test("An address has its own limit") func addressLimit() throws {
    let server = try makeServer(TestApplication()) { $0.connectionsPerAddress = 1 }
    defer { server.stop() }
    let first = TestClient(port: server.boundPort)
    first.send(Self.get)
    #expect(first.readResponse()?.status == 200)
    #expect(TestClient(port: server.boundPort).endsNow())
  }

  @Test("A Unix socket has its mode, tells who connects, and is gone after the stop") func unixSocket() throws {
    let path = "/tmp/http-serving-test-\(getpid()).sock"
    let application = TestApplication { head in
      .refuse(HTTPResponse(status: 200, body: Array("\(head.peer)".utf8)))
    }
    // A socket that a killed server left behind is replaced.
    let stale = try makeServer(application, listener: .unixSocket(path: path, mode: 0o600))
    #expect(throws: HTTPServerError.cannotListen(call: "bind", errno: EADDRINUSE)) {
      _ = try makeServer(application, listener: .unixSocket(path: path, mode: 0o600))
    }
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let client = TestClient(path: path)
    client.send(Self.get)
    #expect(client.readResponse()?.text == "unix(uid: \(getuid()), gid: \(getgid()), pid: \(getpid()))")
    stale.stop()
    #expect(stat(path, &status) != 0)
  }

  @Test("A taken port and a bad address are told apart") func startFailures() throws {
    let server = try makeServer(TestApplication())
    defer { server.stop() }
    #expect(throws: HTTPServerError.cannotListen(call: "bind", errno: EADDRINUSE)) {
      _ = try makeServer(TestApplication(), listener: .tcp(address: "127.0.0.1", port: server.boundPort))
    }
    #expect(throws: HTTPServerError.invalidAddress("localhost")) {
      _ = try makeServer(TestApplication(), listener: .tcp(address: "localhost", port: 0))
    }
    let refusal = #expect(throws: HTTPServerError.self) {
      _ = try makeServer(TestApplication(), tls: TLSIdentity(certificateChainPEM: "x", privateKeyPEM: "y"))
    }
    #expect(refusal?.description.hasPrefix("the certificate and its key are of no use: ") == true)
  }

  @Test("Clients that reset at every stage leave nothing behind") func resets() throws {
    let server = try makeServer(TestApplication())
    defer { server.stop() }
    let requests = [
      "GET /a HTTP/1.1\r\nHost", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhel", Self.get,
    ]
    for index in 0..<300 {
      let client = TestClient(port: server.boundPort)
      client.send(requests[index % 3])
      client.reset()
    }
    #expect(eventually { server.statistics.openConnections == 0 && server.statistics.activeRequests == 0 })
  }
}

import Glibc
import TestServers
import Testing

@testable import HTTPCalling

@Suite("HTTP calls", .serialized)
struct HTTPClientTests {
  /// What both ways to a server have to do alike.
  enum Way: CaseIterable {
    /// Over a Unix socket, in our own words.
    case local
    /// Over TCP, in libcurl's.
    case remote
  }

  /// A client and a server, and where the client finds it.
  private func withServer<T>(
    _ way: Way, _ replies: [ScriptedServer.Reply], _ change: (inout HTTPClientOptions) -> Void = { _ in },
    _ body: (inout HTTPClient, ScriptedServer, _ base: String) throws -> T
  ) throws -> T {
    _ = proxiedEnvironment
    var options = HTTPClientOptions()
    change(&options)
    switch way {
    case .local:
      let path = ScriptedServer.freshPath()
      let server = ScriptedServer(replies, socketPath: path)
      defer {
        server.stop()
        unlink(path)
      }
      options.socketPath = path
      var client = HTTPClient(options)
      return try body(&client, server, "http://localhost")
    case .remote:
      let server = ScriptedServer(replies)
      defer { server.stop() }
      var client = HTTPClient(options, RemoteTransport(options, scheme: "http"))
      return try body(&client, server, "http://127.0.0.1:\(server.port)")
    }
  }

  /// What a call fails with; `nil`: it does not.
  private func failure(_ call: () throws(HTTPCallError) -> HTTPAnswer) -> HTTPCallError.Kind? {
    do throws(HTTPCallError) {
      _ = try call()
      return nil
    } catch {
      return error.kind
    }
  }

  private func reply(_ status: String, _ body: String, _ headers: String = "") -> ScriptedServer.Reply {
    .init(status, body, headers: headers)
  }

  @Test("Calls in a row share one connection and carry method, headers and body", arguments: Way.allCases)
  func keepAlive(_ way: Way) throws {
    try withServer(
      way,
      [
        reply("200 OK", "one", "X-A: 1\r\n"), reply("404 Not Found", "two"), reply("201 Created", ""),
      ]
    ) {
      client, server, base in
      let first = try client.send(HTTPCall(url: "\(base)/a"))
      #expect(first.status == 200 && first.body == Array("one".utf8) && first.header("x-a") == "1")
      let second = try client.send(
        HTTPCall(
          method: "POST", url: "\(base)/b", headers: [HTTPHeader("X-B", "2")], body: Array("hi".utf8)
        ))
      #expect(second.status == 404 && second.body == Array("two".utf8))
      let third = try client.send(HTTPCall(method: "POST", url: "\(base)/c", body: []))
      #expect(third.status == 201)
      #expect(server.connections == 1)
      let requests = server.requests
      #expect(requests[0].hasPrefix("GET /a HTTP/1.1\r\n") && !requests[0].contains("Content-Length"))
      #expect(requests[1].hasPrefix("POST /b HTTP/1.1\r\n") && requests[1].hasSuffix("\r\n\r\nhi"))
      #expect(requests[1].contains("X-B: 2\r\n") && !requests[1].contains("urlencoded"))
      #expect(requests[2].contains("Content-Length: 0\r\n"))
    }
  }

  @Test("A DELETE without a body sends none, also after a POST on the same handle", arguments: Way.allCases)
  func reset(_ way: Way) throws {
    try withServer(way, [reply("200 OK", ""), reply("200 OK", "")]) { client, server, base in
      _ = try client.send(HTTPCall(method: "POST", url: "\(base)/", body: Array("body".utf8)))
      _ = try client.send(HTTPCall(method: "DELETE", url: "\(base)/"))
      #expect(server.requests[1].hasPrefix("DELETE / ") && !server.requests[1].contains("Content-Length"))
    }
  }

  @Test("A redirect is an answer like another, not a new call", arguments: Way.allCases)
  func redirects(_ way: Way) throws {
    try withServer(way, [reply("302 Found", "", "Location: http://localhost/elsewhere\r\n")]) { client, server, base in
      let answer = try client.send(HTTPCall(url: "\(base)/"))
      #expect(answer.status == 302 && server.requests.count == 1)
    }
  }

  @Test("Bytes of a success stream to the receiver; those of a failure become the body", arguments: Way.allCases)
  func streams(_ way: Way) throws {
    try withServer(
      way,
      [
        .init(text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        reply("410 Gone", "history"),
      ]
    ) { client, _, base in
      var bytes: [UInt8] = []
      let call = HTTPCall(url: "\(base)/")
      let first = try client.stream(call) { span in
        for index in span.indices { bytes.append(span[index]) }
        return true
      }
      #expect(first.status == 200 && first.body.isEmpty && bytes == Array("abcde".utf8))
      let second = try client.stream(call) { _ in
        Issue.record("A failure's bytes are not for the receiver")
        return false
      }
      #expect(second.status == 410 && second.body == Array("history".utf8))
    }
  }

  @Test("A receiver that has enough ends the stream without an error", arguments: Way.allCases)
  func enough(_ way: Way) throws {
    try withServer(way, [.init(text: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")]) { client, _, base in
      let answer = try client.stream(HTTPCall(url: "\(base)/")) { _ in false }
      #expect(answer.status == 200)
    }
  }

  @Test("A stream that is cut before its end says so", arguments: Way.allCases)
  func cut(_ way: Way) throws {
    try withServer(
      way,
      [
        .init(text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", closes: true)
      ]
    ) { client, _, base in
      var count = 0
      let kind = failure { () throws(HTTPCallError) in
        try client.stream(HTTPCall(url: "\(base)/")) { span in
          count += span.count
          return true
        }
      }
      #expect(kind == .cut && count == 3, "A cut stream must not look complete")
    }
  }

  @Test("A pulled body is sent in chunks, whole, whatever the size of the pieces", arguments: Way.allCases)
  func upload(_ way: Way) throws {
    try withServer(way, [reply("200 OK", "done")]) { client, server, base in
      var left = [String(repeating: "z", count: 100_000), "", "end"]
      let answer = try client.upload(
        HTTPCall(method: "POST", url: "\(base)/", headers: [HTTPHeader("Expect", "")]),
        pulling: { left.isEmpty ? nil : Array(left.removeFirst().utf8) })
      #expect(answer.status == 200 && answer.body == Array("done".utf8))
      let request = try #require(server.requests.first)
      #expect(request.contains("Transfer-Encoding: chunked\r\n"))
      #expect(request.filter { $0 == "z" }.count == 100_000)
      #expect(request.hasSuffix("end\r\n0\r\n\r\n"))
    }
  }

  @Test("An answer larger than the limit is refused", arguments: Way.allCases)
  func tooLarge(_ way: Way) throws {
    try withServer(way, [reply("200 OK", String(repeating: "x", count: 101))], { $0.answerLimit = 100 }) {
      client, _, base in
      let kind = failure { () throws(HTTPCallError) in try client.send(HTTPCall(url: "\(base)/")) }
      #expect(kind == .tooLarge, "101 bytes went through a limit of 100")
    }
  }

  @Test("A silent server is given up on in time", arguments: Way.allCases)
  func timeout(_ way: Way) throws {
    try withServer(
      way, [.init(text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")], { $0.timeoutMilliseconds = 200 }
    ) { client, _, base in
      let kind = failure { () throws(HTTPCallError) in try client.send(HTTPCall(url: "\(base)/")) }
      #expect(kind == .timedOut, "An answer appeared from nowhere")
    }
  }

  @Test("Nobody listening is unreachable; a header with a line break, or plain HTTP over TCP, is unusable")
  func failures() throws {
    _ = proxiedEnvironment
    var options = HTTPClientOptions()
    options.socketPath = ScriptedServer.freshPath()
    var local = HTTPClient(options)
    var remote = HTTPClient()
    let split = HTTPCall(url: "http://localhost/", headers: [HTTPHeader("A", "b\r\nC: d")])
    let kinds = [
      failure { () throws(HTTPCallError) in try local.send(HTTPCall(url: "http://localhost/")) },
      failure { () throws(HTTPCallError) in try local.send(split) },
      failure { () throws(HTTPCallError) in try remote.send(HTTPCall(url: "http://127.0.0.1/")) },
      failure { () throws(HTTPCallError) in try remote.send(HTTPCall(url: "file:///etc/passwd")) },
    ]
    #expect(kinds == [.unreachable, .unusable, .unusable, .unusable])
  }

  @Test("A proxy of the environment sees no call to a Unix socket")
  func proxies() throws {
    try withServer(.local, [reply("200 OK", "direct")]) { client, server, _ in
      let answer = try client.send(HTTPCall(url: "http://broker.example/"))
      #expect(answer.body == Array("direct".utf8))
      #expect(server.requests.first?.hasPrefix("GET / HTTP/1.1\r\nHost: broker.example\r\n") == true)
    }
  }

  @Test("An answer that refuses ends an upload that is under way", arguments: Way.allCases)
  func refusedUpload(_ way: Way) throws {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 6\r\nConnection: close\r\n\r\nenough"
    try withServer(way, [.init(early: refusal)]) { client, server, base in
      var pulled = 0
      let answer = try client.upload(
        HTTPCall(method: "POST", url: "\(base)/"),
        pulling: {
          pulled += 1
          return pulled > 100_000 ? nil : [UInt8](repeating: 122, count: 1_000)
        })
      #expect(answer.status == 413 && answer.body == Array("enough".utf8))
      #expect(pulled < 100_000)
    }
  }

  @Test("A body of many megabytes arrives whole", arguments: Way.allCases)
  func largeBody(_ way: Way) throws {
    try withServer(way, [reply("200 OK", "")]) { client, server, base in
      let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: 97 + $0 % 26) }
      let call = HTTPCall(method: "PUT", url: "\(base)/", headers: [HTTPHeader("Expect", "")], body: body)
      let answer = try client.send(call)
      #expect(answer.status == 200)
      #expect(server.requests.first?.hasSuffix(String(decoding: body, as: UTF8.self)) == true)
    }
  }

  @Test("A connection that the server closed in the meantime is replaced", arguments: Way.allCases)
  func replacedConnection(_ way: Way) throws {
    try withServer(
      way, [reply("200 OK", "one"), .init("200 OK", "two", closes: true), reply("200 OK", "three")]
    ) { client, server, base in
      for (number, method) in ["GET", "POST", "POST"].enumerated() {
        let call = HTTPCall(method: method, url: "\(base)/\(number)", body: method == "POST" ? [] : nil)
        let answer = try client.send(call)
        #expect(answer.status == 200)
        // The server's end is closed a moment after its last byte.
        usleep(50_000)
      }
      #expect(server.connections == 2)
    }
  }

  @Test("A server that closes without a word has cut the call", arguments: Way.allCases)
  func silentClose(_ way: Way) throws {
    try withServer(way, [.init(text: "", closes: true)]) { client, _, base in
      let kind = failure { () throws(HTTPCallError) in try client.send(HTTPCall(url: "\(base)/")) }
      #expect(kind == .cut, "An answer appeared from nowhere")
    }
  }

  @Test("A stream in which nothing moves is given up on; one that trickles is not", arguments: Way.allCases)
  func stalls(_ way: Way) throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    try withServer(way, [.init(text: head + "ab")], { $0.stallSeconds = 2 }) { client, _, base in
      let kind = failure { () throws(HTTPCallError) in try client.stream(HTTPCall(url: "\(base)/")) { _ in true } }
      #expect(kind == .timedOut, "A stalled stream must not look complete")
    }
    let slow = [head] + "abcde".map { String($0) }
    try withServer(way, [.init(slowly: slow, pause: 400_000)], { $0.stallSeconds = 2 }) { client, _, base in
      var bytes = 0
      _ = try client.stream(HTTPCall(url: "\(base)/")) {
        bytes += $0.count; return true
      }
      #expect(bytes == 5)
    }
  }

  @Test("A socket's path that is too long, and a URL with a blank, are unusable")
  func unusable() {
    for (path, url) in [(String(repeating: "x", count: 108), "http://localhost/"), ("/tmp/x", "http://localhost/a b")] {
      var options = HTTPClientOptions()
      options.socketPath = path
      var client = HTTPClient(options)
      let kind = failure { () throws(HTTPCallError) in try client.send(HTTPCall(url: url)) }
      #expect(kind == .unusable, "\(path) and \(url) must not work")
    }
  }
}

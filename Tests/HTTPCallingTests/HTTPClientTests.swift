import Glibc
import HTTPCalling
import TestServers
import Testing

@Suite("HTTP calls", .serialized)
struct HTTPClientTests {
  /// A client and a server on a Unix socket.
  private func withServer<T>(
    _ replies: [ScriptedServer.Reply], _ change: (inout HTTPClientOptions) -> Void = { _ in },
    _ body: (inout HTTPClient, ScriptedServer) throws -> T
  ) throws -> T {
    _ = proxiedEnvironment
    let path = ScriptedServer.freshPath()
    let server = ScriptedServer(replies, socketPath: path)
    defer {
      server.stop()
      unlink(path)
    }
    var options = HTTPClientOptions()
    options.socketPath = path
    change(&options)
    var client = HTTPClient(options)
    return try body(&client, server)
  }

  private func reply(_ status: String, _ body: String, _ headers: String = "") -> ScriptedServer.Reply {
    .init(status, body, headers: headers)
  }

  @Test("Calls in a row share one connection and carry method, headers and body")
  func keepAlive() throws {
    try withServer([
      reply("200 OK", "one", "X-A: 1\r\n"), reply("404 Not Found", "two"), reply("201 Created", ""),
    ]) {
      client, server in
      let first = try client.send(HTTPCall(url: "http://localhost/a"))
      #expect(first.status == 200 && first.body == Array("one".utf8) && first.header("x-a") == "1")
      let second = try client.send(
        HTTPCall(
          method: "POST", url: "http://localhost/b", headers: [HTTPHeader("X-B", "2")], body: Array("hi".utf8)
        ))
      #expect(second.status == 404 && second.body == Array("two".utf8))
      let third = try client.send(HTTPCall(method: "POST", url: "http://localhost/c", body: []))
      #expect(third.status == 201)
      #expect(server.connections == 1)
      let requests = server.requests
      #expect(requests[0].hasPrefix("GET /a HTTP/1.1\r\n") && !requests[0].contains("Content-Length"))
      #expect(requests[1].hasPrefix("POST /b HTTP/1.1\r\n") && requests[1].hasSuffix("\r\n\r\nhi"))
      #expect(requests[1].contains("X-B: 2\r\n") && !requests[1].contains("urlencoded"))
      #expect(requests[2].contains("Content-Length: 0\r\n"))
    }
  }

  @Test("A DELETE without a body sends none, also after a POST on the same handle")
  func reset() throws {
    try withServer([reply("200 OK", ""), reply("200 OK", "")]) { client, server in
      _ = try client.send(HTTPCall(method: "POST", url: "http://localhost/", body: Array("body".utf8)))
      _ = try client.send(HTTPCall(method: "DELETE", url: "http://localhost/"))
      #expect(server.requests[1].hasPrefix("DELETE / ") && !server.requests[1].contains("Content-Length"))
    }
  }

  @Test("A redirect is an answer like another, not a new call")
  func redirects() throws {
    try withServer([reply("302 Found", "", "Location: http://localhost/elsewhere\r\n")]) { client, server in
      let answer = try client.send(HTTPCall(url: "http://localhost/"))
      #expect(answer.status == 302 && server.requests.count == 1)
    }
  }

  @Test("Bytes of a success stream to the receiver; those of a failure become the body")
  func streams() throws {
    try withServer([
      .init(text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
      reply("410 Gone", "history"),
    ]) { client, _ in
      var bytes: [UInt8] = []
      let call = HTTPCall(url: "http://localhost/")
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

  @Test("A receiver that has enough ends the stream without an error")
  func enough() throws {
    try withServer([.init(text: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")]) { client, _ in
      let answer = try client.stream(HTTPCall(url: "http://localhost/")) { _ in false }
      #expect(answer.status == 200)
    }
  }

  @Test("A stream that is cut before its end says so")
  func cut() throws {
    try withServer([
      .init(text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", closes: true)
    ]) { client, _ in
      var count = 0
      do throws(HTTPCallError) {
        _ = try client.stream(HTTPCall(url: "http://localhost/")) { span in
          count += span.count
          return true
        }
        Issue.record("A cut stream must not look complete")
      } catch {
        #expect(error.kind == .cut && count == 3)
      }
    }
  }

  @Test("A pulled body is sent in chunks, whole, whatever the size of the pieces")
  func upload() throws {
    try withServer([reply("200 OK", "done")]) { client, server in
      var left = [String(repeating: "z", count: 100_000), "", "end"]
      let answer = try client.upload(
        HTTPCall(method: "POST", url: "http://localhost/", headers: [HTTPHeader("Expect", "")]),
        pulling: { left.isEmpty ? nil : Array(left.removeFirst().utf8) })
      #expect(answer.status == 200 && answer.body == Array("done".utf8))
      let request = try #require(server.requests.first)
      #expect(request.contains("Transfer-Encoding: chunked\r\n"))
      #expect(request.filter { $0 == "z" }.count == 100_000)
      #expect(request.hasSuffix("end\r\n0\r\n\r\n"))
    }
  }

  @Test("An answer larger than the limit is refused")
  func tooLarge() throws {
    try withServer([reply("200 OK", String(repeating: "x", count: 101))], { $0.answerLimit = 100 }) {
      client, _ in
      do throws(HTTPCallError) {
        _ = try client.send(HTTPCall(url: "http://localhost/"))
        Issue.record("101 bytes went through a limit of 100")
      } catch {
        #expect(error.kind == .tooLarge)
      }
    }
  }

  @Test("A silent server is given up on in time")
  func timeout() throws {
    try withServer(
      [.init(text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")], { $0.timeoutMilliseconds = 200 }
    ) { client, _ in
      do throws(HTTPCallError) {
        _ = try client.send(HTTPCall(url: "http://localhost/"))
        Issue.record("An answer appeared from nowhere")
      } catch {
        #expect(error.kind == .timedOut)
      }
    }
  }

  @Test("Nobody listening is unreachable; a header with a line break, or plain HTTP over TCP, is unusable")
  func failures() throws {
    _ = proxiedEnvironment
    var options = HTTPClientOptions()
    options.socketPath = ScriptedServer.freshPath()
    var local = HTTPClient(options)
    var remote = HTTPClient()
    var kinds: [HTTPCallError.Kind] = []
    do throws(HTTPCallError) { _ = try local.send(HTTPCall(url: "http://localhost/")) } catch {
      kinds.append(error.kind)
    }
    let split = HTTPCall(url: "http://localhost/", headers: [HTTPHeader("A", "b\r\nC: d")])
    do throws(HTTPCallError) { _ = try local.send(split) } catch { kinds.append(error.kind) }
    do throws(HTTPCallError) { _ = try remote.send(HTTPCall(url: "http://127.0.0.1/")) } catch {
      kinds.append(error.kind)
    }
    do throws(HTTPCallError) { _ = try remote.send(HTTPCall(url: "file:///etc/passwd")) } catch {
      kinds.append(error.kind)
    }
    #expect(kinds == [.unreachable, .unusable, .unusable, .unusable])
  }

  @Test("A proxy of the environment sees no call to a Unix socket")
  func proxies() throws {
    try withServer([reply("200 OK", "direct")]) { client, server in
      let answer = try client.send(HTTPCall(url: "http://broker.example/"))
      #expect(answer.body == Array("direct".utf8))
      #expect(server.requests.first?.hasPrefix("GET / HTTP/1.1\r\nHost: broker.example\r\n") == true)
    }
  }
}

import APIClient
import Glibc
import TestServers
import Testing
import Vocabulary

@Suite("Calls to a broker", .serialized)
struct BrokerClientTests {
  /// A client of a broker that answers as scripted, for the time of `body`.
  private func withBroker(
    _ replies: [ScriptedServer.Reply], _ body: (BrokerClient, ScriptedServer) throws -> Void
  ) throws {
    let path = ScriptedServer.freshPath()
    let server = ScriptedServer(replies, socketPath: path)
    defer {
      server.stop()
      unlink(path)
    }
    try body(BrokerClient(BrokerEndpoint(place: .socket(path), token: BrokerEndpoint.Token("t0k"))), server)
  }

  /// An event stream that is cut after these events.
  private func cutStream(_ events: String) -> ScriptedServer.Reply {
    let size = String(events.utf8.count, radix: 16)
    return .init(
      text: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "\(size)\r\n\(events)\r\n", closes: true)
  }

  private func event(_ position: String, _ name: String) -> String {
    "id: \(position)\nevent: job\ndata: {\"id\":\"f1\",\"name\":\"\(name)\"}\n\n"
  }

  @Test("A submission carries token, key and body, and a lost answer is asked for again with the same key")
  func submission() throws {
    try withBroker([
      .init(text: "", closes: true), .init("201 Created", #"{"id":"f12"}"#),
    ]) { client, server in
      let job = try client.submit(["command": .array([.string("true")])])
      #expect(job["id"]?.string == "f12")
      let requests = server.requests
      #expect(requests.count == 2 && requests[0] == requests[1])
      #expect(requests[0].hasPrefix("POST /v1/jobs HTTP/1.1\r\n"))
      #expect(
        requests[0].contains("Authorization: Bearer t0k\r\n") && requests[0].contains("Idempotency-Key: "))
      #expect(requests[0].hasSuffix(#"{"command":["true"]}"#))
    }
  }

  @Test("A refusal is thrown with its fields, and not tried again")
  func refusal() throws {
    let body = #"{"title":"Invalid","status":422,"errors":[{"pointer":"/command","message":"is empty"}]}"#
    try withBroker([.init("422 Unprocessable Content", body)]) { client, server in
      let error = #expect(throws: ClientError.self) { try client.submit([:]) }
      #expect(error?.problem?.faults == [Problem.Fault(pointer: "/command", message: "is empty")])
      #expect(server.requests.count == 1)
    }
  }

  @Test("A busy broker is asked again after the time it names; a token is never made twice")
  func busy() throws {
    let busy = ScriptedServer.Reply("503 Service Unavailable", "", headers: "Retry-After: 1\r\n")
    try withBroker([busy, .init("200 OK", #"{"user":"ada"}"#), busy]) { client, server in
      let caller = try client.whoami()
      #expect(caller["user"]?.string == "ada")
      #expect(throws: ClientError.self) {
        try client.issueToken(user: "a", role: "user", lifetime: nil, note: nil)
      }
      #expect(server.requests.count == 3)
    }
  }

  @Test("Ids go into the path as one segment, with ƒ as f")
  func segments() throws {
    try withBroker([.init("200 OK", "{}"), .init("200 OK", "{}")]) { client, server in
      _ = try client.job("ƒ2Ab")
      _ = try client.job("../tokens?x=1")
      #expect(server.requests[0].hasPrefix("GET /v1/jobs/f2Ab HTTP"))
      #expect(server.requests[1].hasPrefix("GET /v1/jobs/..%2Ftokens%3Fx%3D1 HTTP"))
    }
  }

  @Test("Pages are fetched until the limit or the last one; empty pages in between are no end")
  func paging() throws {
    try withBroker([
      .init("200 OK", #"{"items":[{"id":"f3"}],"next_cursor":"c1"}"#),
      .init("200 OK", #"{"items":[],"next_cursor":"c2"}"#),
      .init("200 OK", #"{"items":[{"id":"f2"},{"id":"f1"}],"next_cursor":null}"#),
    ]) { client, server in
      var ids: [String] = []
      try client.jobs([("state", "active")], limit: 5) { page in
        ids += page.compactMap { $0["id"]?.string }
        return true
      }
      #expect(ids == ["f3", "f2", "f1"])
      #expect(
        server.requests.map { $0.prefix { $0 != "\r\n" } } == [
          "GET /v1/jobs?state=active&limit=5 HTTP/1.1",
          "GET /v1/jobs?state=active&limit=4&cursor=c1 HTTP/1.1",
          "GET /v1/jobs?state=active&limit=4&cursor=c2 HTTP/1.1",
        ])
    }
  }

  @Test("A cut stream goes on after the last event; each event is seen once; 204 ends it")
  func resumption() throws {
    try withBroker([
      cutStream(event("1-5", "submit") + event("1-6", "alloc") + "id: 1-7\nda"),
      cutStream(event("1-7", "start")),
      .init(text: "HTTP/1.1 204 No Content\r\n\r\n"),
    ]) { client, server in
      var names: [String] = []
      try client.events(.job("f1"), since: "1-4") { event in
        names.append("\(event.position ?? "") \(event.name ?? "")")
        return true
      }
      #expect(names == ["1-5 submit", "1-6 alloc", "1-7 start"])
      let resumed = server.requests.map { request in
        request.split(separator: "\r\n").first { $0.hasPrefix("Last-Event-ID: ") }?.dropFirst(15)
      }
      #expect(resumed == ["1-4", "1-6", "1-7"])
    }
  }

  @Test("A stream ends when its reader has enough, and fails when history is gone")
  func ends() throws {
    try withBroker([
      cutStream(event("1-5", "clean") + event("1-6", "unseen")),
      .init("410 Gone", #"{"title":"Gone","status":410}"#),
    ]) { client, _ in
      var count = 0
      try client.events(.everything) { _ in
        count += 1
        return false
      }
      #expect(count == 1)
      let error = #expect(throws: ClientError.self) {
        try client.events(.jobs([]), since: "1-1") { _ in true }
      }
      #expect(error?.problem?.status == 410)
    }
  }

  @Test("Bulk results arrive line by line, refusals among them, wherever the bytes are cut")
  func bulk() throws {
    let lines =
      #"{"line":1,"ids":["f1","f2"]}"# + "\n"
      + #"{"line":2,"ids":["f3"],"error":{"status":422,"title":"Bad"}}"# + "\n"
    let half = lines.count / 2
    let chunks = [lines.prefix(half), lines.dropFirst(half)].map {
      "\(String($0.count, radix: 16))\r\n\($0)\r\n"
    }
    try withBroker([
      .init(text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.joined() + "0\r\n\r\n")
    ]) { client, server in
      var left = [#"{"n":2}"#, #"{"n":1}"#].map { Array($0.utf8) }
      var results: [String] = []
      try client.bulk(lines: { left.popLast() }) { result in
        results.append(
          "\(result.line) \(result.ids) \(result.problem.map { "\($0.title) \($0.status)" } ?? "-")")
      }
      #expect(results == [#"1 ["f1", "f2"] -"#, #"2 ["f3"] Bad 422"#])
      #expect(server.requests[0].contains("{\"n\":1}\n") && server.requests[0].contains("{\"n\":2}\n"))
    }
  }

  @Test("Output that is cut goes on behind the last entry, and ends where both streams do")
  func output() throws {
    func entry(_ position: String, _ context: String) -> String {
      "{\"timestamp\":1,\"name\":\"data\",\"position\":\"\(position)\",\"context\":{\(context)}}\n"
    }
    let first = entry("1:2:0", #""stream":"stdout","rank":"3","data":"hi""#)
    let second =
      entry("1:2:1", #""stream":"stderr","rank":"all","encoding":"base64","data":"/w==""#)
      + entry("1:2:1", #""stream":"stdout","rank":"all","eof":true"#)
      + entry("1:2:1", #""stream":"stderr","rank":"all","eof":true"#)
    try withBroker([.init("200 OK", first + second.prefix(20), closes: true), .init("200 OK", second)]) {
      client, server in
      var pieces: [String] = []
      try client.output("f1", follows: true) { piece in
        pieces.append("\(piece.stream.rawValue) \(piece.rank ?? -1) \(piece.bytes)\(piece.isEnd ? " end" : "")")
        return true
      }
      #expect(
        pieces == ["stdout 3 [104, 105]", "stderr -1 [255]", "stdout -1 [] end", "stderr -1 [] end"])
      #expect(server.requests[0].hasPrefix("GET /v1/jobs/f1/output?stream=all&follow=true HTTP"))
      #expect(server.requests[1].contains("&since=1:2:0 HTTP") || server.requests[1].contains("&since=1%3A2%3A0 HTTP"))
    }
  }

  @Test("Waiting asks again until the job has ended")
  func waiting() throws {
    try withBroker([
      .init("202 Accepted", #"{"id":"f1","state":"RUN"}"#),
      .init("200 OK", #"{"id":"f1","state":"INACTIVE"}"#),
    ]) { client, server in
      let job = try client.ended("f1")
      #expect(job["state"]?.string == "INACTIVE")
      #expect(server.requests[1].hasPrefix("GET /v1/jobs/f1?wait=inactive&timeout=55 HTTP"))
    }
  }
}

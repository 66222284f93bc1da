import APIClient
import Glibc
import TestServers
import Testing
import Vocabulary

@Suite("Calls about keys", .serialized)
struct KeyClientTests {
  private let space = KeySpace("n")

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
    try body(BrokerClient(BrokerEndpoint(place: .socket(path))), server)
  }

  private let cut = ScriptedServer.Reply(text: "", closes: true)

  /// A watch that is cut after these lines.
  private func watch(_ lines: String...) -> ScriptedServer.Reply {
    let text = lines.map { $0 + "\n" }.joined()
    return .init(
      text: "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n", closes: true)
  }

  private func commit(_ revision: Int, _ keys: String..., isPartial: Bool = false) -> String {
    let changes = keys.map { #"{"key":"\#($0)","op":"put","kind":"value","value":"v"}"# }.joined(separator: ",")
    return #"{"revision":\#(revision),"timestamp":1.5,\#(isPartial ? #""partial":true,"# : "")"changes":[\#(changes)]}"#
  }

  private let shown = ScriptedServer.Reply("200 OK", #"{"revision":5,"position":"3-5"}"#)

  @Test("Keys and names are one segment each; dots that would climb are refused unsent")
  func segments() throws {
    try withBroker([.init("200 OK", "{}")]) { client, server in
      _ = try client.keyObject("a b.é", in: KeySpace("n", user: "ada"), at: "1-8")
      #expect(
        server.requests[0].hasPrefix(
          "GET /v1/kvs/n/keys/a%20b.%C3%A9?format=json&at=1-8&user=ada HTTP/1.1\r\n"))
      for name in [".", "..", ""] {
        #expect(throws: ClientError.self) { try client.keyObject(name, in: space) }
        #expect(throws: ClientError.self) { try client.removeNamespace(KeySpace(name)) }
      }
      #expect(server.requests.count == 1)
    }
  }

  @Test("A write whose answer was lost is not sent again; one that a busy broker refused is")
  func writes() throws {
    try withBroker([cut]) { client, server in
      let error = #expect(throws: ClientError.self) {
        try client.append([120], to: "log", in: space, mediaType: "text/plain")
      }
      #expect(error?.advice?.contains("may have been done") == true)
      #expect(server.requests.count == 1)
    }
    let busy = ScriptedServer.Reply("503 Service Unavailable", #"{"code":"busy"}"#, headers: "Retry-After: 1\r\n")
    let late = ScriptedServer.Reply("503 Service Unavailable", #"{"code":"timeout"}"#, headers: "Retry-After: 1\r\n")
    try withBroker([busy, .init("200 OK", #"{"succeeded":true}"#), late]) { client, server in
      let answer = try client.transact([:], in: space)
      #expect(answer["succeeded"]?.bool == true)
      // It may have been carried out although nobody said so.
      #expect(throws: ClientError.self) { try client.transact([:], in: space) }
      #expect(server.requests.count == 3)
    }
  }

  @Test("A value is handed over as it arrives, with its type and revision")
  func values() throws {
    let reply = ScriptedServer.Reply(
      "200 OK", "hello", headers: "ETag: \"1-8123\"\r\nContent-Type: text/x\r\n")
    try withBroker([cut, reply]) { client, server in
      var bytes: [UInt8] = []
      let value = try client.readValue(of: "k", in: space) { bytes += $0 }
      #expect(String(decoding: bytes, as: UTF8.self) == "hello")
      #expect(value == StoredValue(mediaType: "text/x", revision: 8_123))
    }
  }

  @Test("Waiting asks again until the key is there, or the time is up")
  func waits() throws {
    let not = ScriptedServer.Reply("202 Accepted", #"{"exists":false}"#)
    try withBroker([not, not, .init("200 OK", #"{"value":"x"}"#), not]) { client, server in
      let found = try client.awaitKey("k", in: space)
      #expect(found?["value"]?.string == "x")
      #expect(server.requests.allSatisfy { $0.contains("wait=created") && $0.contains("timeout=55000ms") })
      let missing = try client.awaitKey("k", in: space, for: 0)
      #expect(missing == nil)
      #expect(server.requests.count == 4 && server.requests[3].contains("timeout=0ms"))
    }
  }

  @Test("A fence is joined with the same participant until all are there")
  func fences() throws {
    let not = ScriptedServer.Reply("202 Accepted", #"{"arrived":1,"size":2}"#)
    try withBroker([not, cut, .init("200 OK", #"{"revision":9}"#), not]) { client, server in
      let meeting = try client.fence("f", in: space, size: 2, participant: "p", operations: [])
      #expect(meeting == .complete(.object(["revision": .integer(9)])))
      #expect(server.requests.count == 3)
      #expect(server.requests.allSatisfy { $0.hasSuffix(#"{"size":2,"participant":"p","operations":[]}"#) })
      let barrier = try client.barrier("b", size: 2, participant: "p", for: 0)
      #expect(barrier == .incomplete(arrived: 1))
    }
  }

  @Test("A watch that is cut goes on after the last whole commit, in the same history")
  func resumes() throws {
    try withBroker([
      shown, watch(commit(6, "a"), commit(8, "b")), watch(#"{"bookmark":"3-20"}"#), watch(commit(21, "c")),
    ]) { client, server in
      var keys: [String] = []
      try client.watchKeys(in: space, .directory("d")) { commit in
        keys += commit.changes.map(\.key)
        return keys.count < 3
      }
      #expect(keys == ["a", "b", "c"])
      let starts = server.requests.dropFirst().map { $0.prefix { $0 != "\r\n" } }
      #expect(
        starts == ["5", "8", "20"].map { "GET /v1/kvs/n/watch?prefix=d&since=3-\($0) HTTP/1.1" })
    }
  }

  @Test("The parts of a large commit that were told are not told again when it comes once more")
  func parts() throws {
    try withBroker([
      shown,
      watch(commit(7, "a", "b", isPartial: true), commit(7, "c", "d", isPartial: true)),
      watch(commit(7, "a", "b", "c", isPartial: true)),
      watch(commit(7, "a", "b", "c", isPartial: true), commit(7, "d", "e"), commit(8, "a")),
    ]) { client, server in
      var told: [(UInt64, [String])] = []
      try client.watchKeys(in: space, .everything) { commit in
        told.append((commit.revision, commit.changes.map(\.key)))
        return commit.revision < 8
      }
      #expect(told.flatMap(\.1) == ["a", "b", "c", "d", "e", "a"])
      #expect(told.map(\.0).last == 8)
      #expect(server.requests.dropFirst().allSatisfy { $0.contains("since=3-5") })
    }
  }

  @Test("What is there comes first, and is asked for again until it was told whole")
  func initial() throws {
    let part = #"{"revision":5,"partial":true,"changes":[{"key":"a","op":"put","value":"1"}]}"#
    let whole = #"{"revision":5,"changes":[{"key":"a","op":"put","value":"1"},{"key":"b","op":"put","value":"2"}]}"#
    try withBroker([shown, watch(part), watch(whole, commit(6, "a"))]) { client, server in
      var told: [KeyCommit] = []
      try client.watchKeys(in: space, .everything, initial: true) { commit in
        told.append(commit)
        return commit.isInitial
      }
      #expect(told.map(\.isInitial) == [true, true, false])
      #expect(told[1].changes.map(\.bytes) == [[49], [50]])
      #expect(server.requests[2].contains("initial=true") && !server.requests[2].contains("since="))
    }
  }

  @Test("A watch ends with its namespace, and fails where history is gone")
  func ends() throws {
    try withBroker([shown, watch(commit(6, "a"), #"{"end":{}}"#)]) { client, _ in
      let isThere = try client.watchKeys(in: space, .everything) { _ in true }
      #expect(!isThere)
    }
    let gone = #"{"error":{"code":"revision_gone","oldest_revision":40}}"#
    try withBroker([shown, watch(gone)]) { client, _ in
      let error = #expect(throws: ClientError.self) { try client.watchKeys(in: space, .everything) { _ in true } }
      #expect(error?.message.contains("revision 40") == true)
    }
    let problem = ScriptedServer.Reply(
      "410 Gone", #"{"title":"Gone","status":410,"code":"revision_gone","oldest_revision":40}"#)
    try withBroker([shown, problem]) { client, _ in
      let error = #expect(throws: ClientError.self) {
        try client.watchKeys(in: space, .everything, since: "7") { _ in true }
      }
      #expect(error?.advice?.contains("revision 40") == true)
    }
  }
}

import Glibc
import HTTPServing
import Synchronization
import Testing

/// Numbers in order, one a line, as far as `limit` says; the waker is told of each change.
final class CountingSource: StreamSource {
  private struct State {
    var sent = 0; var limit = 0; var ends = false; var waker: StreamWaker?; var closed = 0
  }
  private let state = Mutex(State())

  init(limit: Int = 0) { state.withLock { $0.limit = limit } }

  var closedCount: Int { state.withLock { $0.closed } }
  var isAttached: Bool { state.withLock { $0.waker != nil } }

  func attach(_ waker: StreamWaker) { state.withLock { $0.waker = waker } }
  func closed() { state.withLock { $0.closed += 1 } }

  func add(_ count: Int) {
    let waker = state.withLock {
      $0.limit += count; return $0.waker
    }
    waker?.wake()
  }

  func finish() {
    let waker = state.withLock {
      $0.ends = true; return $0.waker
    }
    waker?.wake()
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    state.withLock { state in
      var written = 0
      while state.sent < state.limit, written + 10 <= buffer.count {
        let text = Array("\(state.sent)\n".utf8)
        UnsafeMutableRawBufferPointer(rebasing: buffer[written...]).copyBytes(from: text)
        written += text.count
        state.sent += 1
      }
      if written > 0 { return .wrote(written) }
      return state.ends ? .finished : .nothingYet
    }
  }
}

@Suite struct StreamTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

  private static func application(_ make: @escaping @Sendable () -> CountingSource) -> TestApplication {
    TestApplication { _ in
      .collect(limit: 0) { _ in
        .stream(
          HTTPStreamResponse(
            headers: [HeaderField(name: "Content-Type", value: "text/plain")], source: make()))
      }
    }
  }

  /// The body of a chunked response, as far as it has come, and the size of its first chunk.
  static func chunks(_ bytes: [UInt8]) -> (body: String, first: Int) {
    let mark = Array("\r\n\r\n".utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return ("", 0) }
    var rest = bytes[(end + 4)...]
    var body: [UInt8] = []
    var first = 0
    while let end = rest.firstIndex(of: 13) {
      let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) ?? 0
      if size == 0 || end + 2 + size + 2 > rest.endIndex { break }
      if first == 0 { first = size }
      body += rest[(end + 2)..<(end + 2 + size)]
      rest = rest[(end + 2 + size + 2)...]
    }
    return (String(decoding: body, as: UTF8.self), first)
  }

  static func body(_ client: TestClient) -> String { chunks(client.received).body }

  static func numbers(_ count: Int) -> String { (0..<count).map { "\($0)\n" }.joined() }

  @Test("Twenty thousand wakes from two threads deliver every number once and in order")
  func wakeRaces() throws {
    let source = CountingSource()
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    #expect(eventually { source.isAttached })
    let threads = (0..<2).map { _ in TestThread { for _ in 0..<10_000 { source.add(1) } } }
    for thread in threads { thread.join() }
    source.finish()
    while !client.ends(with: "\r\n0\r\n\r\n"), client.receive() {}
    #expect(Self.body(client) == Self.numbers(20_000))
    #expect(eventually { source.closedCount == 1 })
  }

  @Test("One wake at a time is never lost, each answered before the next") func singleWakes() throws {
    let source = CountingSource()
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    for index in 0..<2000 {
      source.add(1)
      while !client.ends(with: "\n\(index)\n\r\n") && !client.ends(with: "\r\n\(index)\n\r\n") {
        #expect(client.receive())
        if client.timedOut { return }
      }
    }
    #expect(source.closedCount == 0)
  }

  @Test("Two hundred streams get everything, and a drain ends them all") func manyStreams() throws {
    let sources = Mutex<[CountingSource]>([])
    let server = try makeServer(
      Self.application {
        let source = CountingSource()
        sources.withLock { $0.append(source) }
        return source
      })
    let clients = (0..<200).map { _ in TestClient(port: server.boundPort) }
    for client in clients { client.send(Self.get) }
    #expect(eventually { server.statistics.openStreams == 200 })
    let all = sources.withLock { $0 }
    for _ in 0..<50 { for source in all { source.add(2) } }
    for client in clients {
      while !client.ends(with: "\n99\n\r\n"), client.receive() {}
      #expect(Self.body(client) == Self.numbers(100))
    }
    server.drain(within: 5)
    for client in clients { #expect(client.readToEnd().hasSuffix("\r\n0\r\n\r\n")) }
    #expect(all.allSatisfy { $0.closedCount == 1 })
    #expect(server.statistics.openStreams == 0)
  }

  @Test("One pull can hand out more than 16 KiB") func largePulls() throws {
    let source = CountingSource(limit: 20_000)
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    while !client.ends(with: "19999\n\r\n"), client.receive() {}
    #expect(Self.chunks(client.received).first > 16 * 1024)
    #expect(Self.body(client) == Self.numbers(20_000))
  }

  @Test("HEAD of a stream is its head, and the source is closed unattached") func head() throws {
    let source = CountingSource(limit: 5)
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n")
    let response = try #require(client.readResponse(hasBody: false))
    #expect(response.status == 200 && response.head.contains("text/plain"))
    #expect(eventually { source.closedCount == 1 })
    #expect(!source.isAttached)
    // The connection is still good, and nothing of the stream was sent.
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(client.readResponse(hasBody: false)?.status == 200)
  }

  @Test("HTTP/1.0 gets the stream without chunks, to the end of the connection") func oldProtocol() throws {
    let source = CountingSource(limit: 3000)
    source.finish()
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("GET /a HTTP/1.0\r\n\r\n")
    #expect(client.readToEnd().hasSuffix("\r\n\r\n" + Self.numbers(3000)))
  }

  @Test("A client that left is noticed at the next writes, and waking afterwards does nothing")
  func leftClient() throws {
    let source = CountingSource()
    let server = try makeServer(Self.application { source })
    defer { server.stop() }
    do {
      let client = TestClient(port: server.boundPort)
      client.send(Self.get)
      #expect(eventually { source.isAttached })
      client.reset()
    }
    #expect(
      eventually {
        source.add(1); return source.closedCount == 1
      })
    source.add(1)
    #expect(eventually { server.statistics.openStreams == 0 && server.statistics.openConnections == 0 })
  }

  @Test("A client that does not read stops the pulls and is closed after the idle time") func slowReader()
    throws
  {
    let source = CountingSource(limit: 100_000_000)
    let server = try makeServer(Self.application { source }) { $0.idleTimeout = 1 }
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send(Self.get)
    #expect(eventually { server.statistics.openStreams == 1 })
    #expect(eventually { source.closedCount == 1 })
  }

  @Test("Stopping with streams in every state ends each exactly once") func stopRaces() throws {
    for _ in 0..<20 {
      let sources = Mutex<[CountingSource]>([])
      let isDone = Atomic(false)
      let server = try makeServer(
        Self.application {
          let source = CountingSource()
          sources.withLock { $0.append(source) }
          return source
        })
      let clients = (0..<10).map { _ in TestClient(port: server.boundPort) }
      for client in clients { client.send(Self.get) }
      let waker = TestThread {
        while !isDone.load(ordering: .relaxed) {
          for source in sources.withLock({ $0 }) { source.add(1) }
        }
      }
      #expect(eventually { server.statistics.openStreams == 10 })
      server.stop()
      isDone.store(true, ordering: .relaxed)
      waker.join()
      #expect(sources.withLock { $0.allSatisfy { $0.closedCount == 1 } })
      // They stay connected until here: an optimised build would let them go after their last use.
      withExtendedLifetime(clients) {}
    }
  }
}

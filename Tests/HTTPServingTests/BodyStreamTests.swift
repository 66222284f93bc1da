import Glibc
import HTTPServing
import Synchronization
import Testing

/// Counts what it receives; pauses after every `pauseEvery`-th chunk and is resumed from another thread.
final class CountingReceiver: BodyReceiver {
  struct State {
    var bytes = 0
    var sum: UInt64 = 0
    var chunks = 0
    var waiting: [BodyResumer] = []
    var abandoned = 0
    var finished = 0
    var isPaused = false
    var violations = 0
  }
  let state = Mutex(State())
  private let pauseEvery: Int
  private let stopAt: Int
  private let resumesInside: Bool

  init(pauseEvery: Int = 0, stopAt: Int = .max, resumesInside: Bool = false) {
    self.pauseEvery = pauseEvery
    self.stopAt = stopAt
    self.resumesInside = resumesInside
  }

  func receive(_ chunk: UnsafeRawBufferPointer, resume: BodyResumer) -> BodyProgress {
    let progress: BodyProgress = state.withLock { state in
      if state.isPaused { state.violations += 1 }
      for byte in chunk { state.sum = state.sum &* 31 &+ UInt64(byte) }
      state.bytes += chunk.count
      state.chunks += 1
      if state.bytes >= stopAt { return .stop(HTTPResponse(status: 409, body: Array("stopped".utf8))) }
      guard pauseEvery > 0, state.chunks % pauseEvery == 0 else { return .more }
      if !resumesInside {
        state.isPaused = true
        state.waiting.append(resume)
      }
      return .paused
    }
    if resumesInside, case .paused = progress { resume.resume() }
    return progress
  }

  func finish() -> HTTPReply {
    let (bytes, sum) = state.withLock { state in
      state.finished += 1
      return (state.bytes, state.sum)
    }
    return .now(HTTPResponse(status: 200, body: Array("\(bytes) \(sum)".utf8)))
  }

  func abandoned() { state.withLock { $0.abandoned += 1 } }

  /// Resumes what waits; true if something did.
  func resumeWaiting() -> Bool {
    let resumers = state.withLock { state in
      defer { state.waiting = [] }
      if !state.waiting.isEmpty { state.isPaused = false }
      return state.waiting
    }
    for resumer in resumers { resumer.resume() }
    return !resumers.isEmpty
  }
}

@Suite struct BodyStreamTests {
  private static let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 11) }
  private static let expected: String = {
    var sum: UInt64 = 0
    for byte in body { sum = sum &* 31 &+ UInt64(byte) }
    return "\(body.count) \(sum)"
  }()

  private static func chunked() -> [UInt8] {
    var bytes: [UInt8] = []
    var start = 0
    var size = 1
    while start < body.count {
      let end = min(start + size, body.count)
      bytes += Array((String(end - start, radix: 16) + "\r\n").utf8) + body[start..<end] + [13, 10]
      start = end
      size = size % 9973 + 1 + size / 3
    }
    return bytes + Array("0\r\n\r\n".utf8)
  }

  private static func upload(_ receiver: CountingReceiver, chunked: Bool) throws -> TestResponse? {
    let server = try makeServer(TestApplication { _ in .receive(receiver) })
    defer { server.stop() }
    let isDone = Atomic(false)
    let resumer = TestThread {
      while !isDone.load(ordering: .relaxed) { if !receiver.resumeWaiting() { usleep(100) } }
    }
    let client = TestClient(port: server.boundPort)
    let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
    client.send("POST /a HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
    client.send(chunked ? Self.chunked() : body)
    let response = client.readResponse()
    isDone.store(true, ordering: .relaxed)
    resumer.join()
    return response
  }

  @Test("A streamed body arrives whole, with pauses and without", arguments: [0, 1, 3], [false, true])
  func streamed(pauseEvery: Int, chunked: Bool) throws {
    let receiver = CountingReceiver(pauseEvery: pauseEvery)
    #expect(try Self.upload(receiver, chunked: chunked)?.text == Self.expected)
    receiver.state.withLock { state in
      #expect(state.finished == 1 && state.abandoned == 0 && state.violations == 0)
      #expect(state.chunks > 50)
    }
  }

  @Test("A resume before the pause has taken effect counts", arguments: [false, true])
  func resumedInside(chunked: Bool) throws {
    let receiver = CountingReceiver(pauseEvery: 1, resumesInside: true)
    #expect(try Self.upload(receiver, chunked: chunked)?.text == Self.expected)
  }

  @Test("A paused upload takes no more from the client") func backPressure() throws {
    let receiver = CountingReceiver(pauseEvery: 1)
    let server = try makeServer(TestApplication { _ in .receive(receiver) })
    defer { server.stop() }
    let client = TestClient(port: server.boundPort)
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\nhello")
    #expect(eventually { receiver.state.withLock { $0.chunks } == 1 })
    client.send([UInt8](repeating: 120, count: 20_000))
    usleep(50_000)
    #expect(receiver.state.withLock { $0.chunks } == 1)
    #expect(receiver.resumeWaiting())
    #expect(eventually { receiver.state.withLock { $0.chunks } == 2 })
  }

  @Test("A receiver can answer in the middle", arguments: [false, true]) func stops(chunked: Bool) throws {
    let receiver = CountingReceiver(stopAt: 100_000)
    let response = try #require(try Self.upload(receiver, chunked: chunked))
    #expect(response.status == 409 && response.closes && response.text == "stopped")
    receiver.state.withLock { #expect($0.finished == 0 && $0.abandoned == 0) }
  }

  @Test("A client that leaves, and a stop of the server, abandon the upload once") func abandoned() throws {
    let receivers = (0..<2).map { CountingReceiver(pauseEvery: $0) }
    let next = Atomic(0)
    let server = try makeServer(
      TestApplication { _ in .receive(receivers[next.add(1, ordering: .relaxed).oldValue]) })
    do {
      let client = TestClient(port: server.boundPort)
      client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\nhello")
      #expect(eventually { receivers[0].state.withLock { $0.chunks } == 1 })
      client.reset()
    }
    #expect(eventually { receivers[0].state.withLock { $0.abandoned } == 1 })
    let paused = TestClient(port: server.boundPort)
    paused.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\nhello")
    #expect(eventually { receivers[1].state.withLock { $0.chunks } == 1 })
    server.stop()
    #expect(receivers.allSatisfy { $0.state.withLock { $0.abandoned == 1 && $0.finished == 0 } })
  }
}

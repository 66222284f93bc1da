import HTTPCalling
import Testing

@Suite("Server-sent events")
struct ServerSentEventsTests {
  private func events(_ text: String, cutEvery size: Int = .max) throws -> [ServerSentEvent] {
    var parser = ServerSentEvents()
    var rest = Array(text.utf8)[...]
    var result: [ServerSentEvent] = []
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      result += try parser.feed(piece.span)
      rest = rest.dropFirst(piece.count)
    }
    return result
  }

  @Test("Fields, comments, several data lines and every line end are read as the standard has it")
  func fields() throws {
    #expect(
      try events(": hello\n\nid: 1-7\nevent: job\ndata: {\ndata:  }\n\n") == [
        ServerSentEvent(id: "1-7", name: "job", data: "{\n }")
      ])
    #expect(
      try events("data:a\r\rdata:b\r\n\r\ndata\n\n") == [
        ServerSentEvent(id: nil, data: "a"), ServerSentEvent(id: nil, data: "b"),
        ServerSentEvent(id: nil, data: ""),
      ])
    #expect(try events("\u{feff}data: x\n\n") == [ServerSentEvent(id: nil, data: "x")])
    #expect(try events("data: unfinished\n").isEmpty)
    #expect(try events("nonsense: 1\nevent: e\n\ndata: y\n\n") == [ServerSentEvent(id: nil, data: "y")])
  }

  @Test("The same events come out wherever the bytes are cut", arguments: 1...9)
  func cuts(size: Int) throws {
    let text = "id: 1\r\nevent: job\r\ndata: ƒé\r\n\r\n:beat\r\n\r\ndata: 2\r\ndata: 3\r\n\r\n"
    #expect(
      try events(text, cutEvery: size) == [
        ServerSentEvent(id: "1", name: "job", data: "ƒé"), ServerSentEvent(id: "1", data: "2\n3"),
      ])
  }

  @Test("The last id counts once its event is complete, also without data, and survives a reconnection")
  func resumption() throws {
    var parser = ServerSentEvents(lastEventID: "1-1")
    _ = try parser.feed(Array("id: 1-2\ndata: a\n\nid: 1-3\n".utf8).span)
    #expect(parser.lastEventID == "1-2")
    parser.reconnect()
    #expect(parser.lastEventID == "1-2")
    #expect(try parser.feed(Array("data: b\n\n".utf8).span) == [ServerSentEvent(id: "1-2", data: "b")])
    #expect(try parser.feed(Array("id: 1-4\n\n".utf8).span).isEmpty)
    #expect(parser.lastEventID == "1-4")
    #expect(try parser.feed(Array("id: a\0b\nretry: 20\nretry: 2x\n\n".utf8).span).isEmpty)
    #expect(parser.lastEventID == "1-4")
    #expect(parser.retryMilliseconds == 20)
  }

  @Test("An event beyond the limit is an error, not memory")
  func limit() throws {
    var parser = ServerSentEvents()
    let block = [UInt8](repeating: 120, count: ServerSentEvents.eventLimit)
    _ = try parser.feed(block.span)
    #expect(throws: ServerSentEventTooLarge.self) { _ = try parser.feed(Array("x".utf8).span) }
  }
}

import Testing

@testable import HTTPCalling

@Suite("Reading answers")
struct AnswerReaderTests {
  /// What came of an answer: status, body, and whether the connection is kept; or what was wrong with it.
  private enum Outcome: Equatable {
    case whole(Int, String, keeps: Bool)
    case failed(HTTPCallError.Kind)
    case unfinished
  }

  /// Reads `text` in the given pieces, and the connection's end if `ends`.
  private func read(_ pieces: [[UInt8]], mayHaveBody: Bool = true, ends: Bool = false) -> Outcome {
    let exchange = HTTPExchange(limit: 1 << 20, pulling: nil, onBytes: nil)
    var reader = AnswerReader(mayHaveBody: mayHaveBody)
    do {
      for piece in pieces {
        try piece.withUnsafeBytes { try reader.take($0, exchange) }
      }
      if ends && !reader.isComplete { try reader.takeEnd() }
      guard reader.isComplete else { return .unfinished }
      let answer = try exchange.answer()
      return .whole(answer.status, String(decoding: answer.body, as: UTF8.self), keeps: reader.keepsConnection)
    } catch {
      return .failed((error as? HTTPCallError)?.kind ?? .unusable)
    }
  }

  private func read(_ text: String, mayHaveBody: Bool = true, ends: Bool = false) -> Outcome {
    read([Array(text.utf8)], mayHaveBody: mayHaveBody, ends: ends)
  }

  private static let whole: [(String, Int, String, Bool)] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", true),
    ("HTTP/1.1 200 \r\ncontent-LENGTH:0\r\n\r\n", 200, "", true),
    ("HTTP/1.1 200 OK\nContent-Length: 1\n\nx", 200, "x", true),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n", 200,
      "abc0123456789", true
    ),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n!", 201, "!", true),
    ("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", 204, "", true),
    ("HTTP/1.1 304 Not Modified\r\n\r\n", 304, "", true),
    ("HTTP/1.1 200 OK\r\nConnection: Keep, Close\r\nContent-Length: 1\r\n\r\nx", 200, "x", false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true),
  ]

  @Test("An answer is the same however its bytes are cut", arguments: whole)
  func cuts(_ text: String, _ status: Int, _ body: String, _ keeps: Bool) {
    let bytes = Array(text.utf8)
    let expected = Outcome.whole(status, body, keeps: keeps)
    #expect(read([bytes]) == expected)
    #expect(read(bytes.map { [$0] }) == expected)
    for cut in 1..<bytes.count { #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
  }

  @Test("An answer that stops anywhere before its end is not whole", arguments: whole)
  func stops(_ text: String, _ status: Int, _ body: String, _ keeps: Bool) {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(read([Array(bytes[..<count])]) == .unfinished)
      #expect(read([Array(bytes[..<count])], ends: true) == .failed(.cut))
    }
  }

  @Test("Without a length the connection's end is the body's end")
  func untilEnd() {
    #expect(read("HTTP/1.1 200 OK\r\n\r\nall of it", ends: true) == .whole(200, "all of it", keeps: false))
    #expect(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzz", ends: true) == .whole(200, "zz", keeps: false))
  }

  @Test("The answer to HEAD has no body, whatever length it names")
  func head() {
    #expect(
      read("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", mayHaveBody: false) == .whole(200, "", keeps: true))
  }

  @Test("Bytes after an answer end the connection's use")
  func junk() {
    #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy") == .whole(200, "x", keeps: false))
  }

  @Test(
    "What is no answer is refused",
    arguments: [
      "SSH-2.0-OpenSSH\r\n", "HTTP/2 200\r\n", "HTTP/1.1 OK\r\n", "HTTP/1.1 099 Odd\r\n", "HTTP/1.1 2x0 OK\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
  func nonsense(_ text: String) {
    #expect(read(text) == .failed(.cut))
  }

  @Test("Heads, lines and trailers without end are refused")
  func endless() {
    let much = String(repeating: "x", count: 300 << 10)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(read("HTTP/1.1 200 \(much)") == .failed(.tooLarge))
    #expect(read("\(chunked)1;\(much)") == .failed(.tooLarge))
    let fields = String(repeating: "A: b\r\n", count: 50_000)
    let exchange = HTTPExchange(limit: 1, pulling: nil, onBytes: nil)
    var reader = AnswerReader(mayHaveBody: true)
    try? Array("HTTP/1.1 200 OK\r\n\(fields)".utf8).withUnsafeBytes { try reader.take($0, exchange) }
    #expect(exchange.ending == .tooLarge)
    #expect(read("\(chunked)0\r\n\(fields)") == .failed(.tooLarge))
  }
}

/// Takes an answer of HTTP/1.1 apart, as its bytes come (RFC 9112).
struct AnswerReader {
  /// Longest line of a chunk's size with its extensions, and all lines of a trailer together.
  private static let lineLimit = 64 << 10

  private enum Stage: Equatable {
    case statusLine
    case headers
    /// So many bytes are left.
    case body(Int)
    case chunkSize
    case chunk(Int)
    /// The line break after a chunk.
    case chunkEnd
    case trailer
    case untilEnd
    case complete
  }

  private var stage = Stage.statusLine
  /// The beginning of a line whose end did not come yet.
  private var line: [UInt8] = []
  private var trailerBytes = 0
  private let mayHaveBody: Bool
  /// Whether the server takes another call after this one (RFC 9112, section 9.3).
  private(set) var keepsConnection = true

  /// - Parameter mayHaveBody: answers to `HEAD` have none, whatever they say.
  init(mayHaveBody: Bool) { self.mayHaveBody = mayHaveBody }

  var isComplete: Bool { stage == .complete }
  /// Whether the answer's head was taken.
  var isInBody: Bool { stage != .statusLine && stage != .headers }

  /// Takes what came next; stops when `exchange` has enough.
  mutating func take(_ bytes: UnsafeRawBufferPointer, _ exchange: HTTPExchange) throws(HTTPCallError) {
    var rest = unsafe bytes
    while unsafe !rest.isEmpty {
      let used: Int
      switch stage {
      case .body(let left): used = unsafe take(rest, left, then: .complete, exchange) { .body($0) }
      case .chunk(let left): used = unsafe take(rest, left, then: .chunkEnd, exchange) { .chunk($0) }
      case .untilEnd: used = unsafe take(rest, .max, then: .complete, exchange) { _ in .untilEnd }
      case .complete:
        // Nobody asked for what follows.
        keepsConnection = false
        return
      default: used = try unsafe take(lineIn: rest, exchange)
      }
      if exchange.ending != nil { return }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[used...])
    }
  }

  /// Takes the connection's end.
  mutating func takeEnd() throws(HTTPCallError) {
    guard stage == .untilEnd else {
      throw HTTPCallError(.cut, isInBody ? "The answer ended too soon" : "The connection was closed without an answer")
    }
    stage = .complete
  }

  /// Hands body bytes on: how many.
  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ left: Int, then next: Stage, _ exchange: HTTPExchange,
    _ same: (Int) -> Stage
  ) -> Int {
    let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(left))
    _ = unsafe exchange.take(body: piece)
    stage = piece.count == left ? next : same(left - piece.count)
    return piece.count
  }

  // MARK: Lines

  /// Takes bytes up to the end of a line: how many.
  private mutating func take(lineIn bytes: UnsafeRawBufferPointer, _ exchange: HTTPExchange)
    throws(HTTPCallError) -> Int
  {
    let end = unsafe bytes.firstIndex(of: 10)
    let used = end.map { $0 + 1 } ?? bytes.count
    unsafe line.append(contentsOf: bytes[..<used])
    let limit = isInBody ? Self.lineLimit : HTTPExchange.headerLimit
    guard line.count <= limit else { throw HTTPCallError(.tooLarge, "A line of the answer is too long") }
    guard end != nil else { return used }
    var whole: [UInt8] = []
    swap(&whole, &line)
    try take(whole, exchange)
    line = whole
    line.removeAll(keepingCapacity: true)
    return used
  }

  private mutating func take(_ line: [UInt8], _ exchange: HTTPExchange) throws(HTTPCallError) {
    let isBlank = line.allSatisfy { $0 == 13 || $0 == 10 }
    switch stage {
    case .statusLine:
      guard line.starts(with: "HTTP/1.".utf8) else { throw Self.nonsense("no status line of HTTP/1") }
      keepsConnection = line.dropFirst(7).first == UInt8(ascii: "1")
      _ = unsafe line.withUnsafeBytes { unsafe exchange.take(headerLine: $0) }
      guard exchange.status >= 100 else { throw Self.nonsense("no status") }
      stage = .headers
    case .headers where isBlank: stage = try stageAfterHeaders(exchange)
    case .headers: _ = unsafe line.withUnsafeBytes { unsafe exchange.take(headerLine: $0) }
    case .chunkSize:
      let size = try Self.chunkSize(line)
      stage = size == 0 ? .trailer : .chunk(size)
    case .chunkEnd:
      guard isBlank else { throw Self.nonsense("a chunk longer than it says") }
      stage = .chunkSize
    case .trailer where isBlank: stage = .complete
    case .trailer:
      trailerBytes += line.count
      guard trailerBytes <= Self.lineLimit else { throw HTTPCallError(.tooLarge, "The answer's trailer is too long") }
    case .body, .chunk, .untilEnd, .complete: preconditionFailure("Bodies have no lines")
    }
  }

  /// How the end of the body is found (RFC 9112, section 6.3).
  private mutating func stageAfterHeaders(_ exchange: HTTPExchange) throws(HTTPCallError) -> Stage {
    if exchange.status < 200 { return .statusLine }
    let closing = exchange.values(of: "Connection").flatMap { $0.lowercased().split(separator: ",") }
    if closing.contains(where: { $0.filter { $0 != " " } == "close" }) { keepsConnection = false }
    guard mayHaveBody, exchange.status != 204, exchange.status != 304 else { return .complete }
    let codings = exchange.values(of: "Transfer-Encoding")
    let lengths = Set(exchange.values(of: "Content-Length"))
    if let coding = codings.last {
      // A length beside a coding smells of smuggling: what comes afterwards is not believed.
      let isChunked = coding.lowercased().hasSuffix("chunked")
      keepsConnection = keepsConnection && isChunked && lengths.isEmpty
      return isChunked ? .chunkSize : .untilEnd
    }
    guard let text = lengths.first else {
      keepsConnection = false
      return .untilEnd
    }
    guard lengths.count == 1, text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(text) else {
      throw Self.nonsense("a length that is none")
    }
    return length == 0 ? .complete : .body(length)
  }

  /// Hexadecimal digits, and perhaps extensions, which nobody needs (RFC 9112, section 7.1).
  private static func chunkSize(_ line: [UInt8]) throws(HTTPCallError) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 > 32 }
    guard digits.first != UInt8(ascii: "+"), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
      size >= 0
    else { throw nonsense("a chunk without a size") }
    return size
  }

  private static func nonsense(_ what: String) -> HTTPCallError {
    HTTPCallError(.cut, "The answer makes no sense: it has \(what)")
  }
}

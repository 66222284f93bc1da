/// One call under way: collects what is answered, or hands it on; makes a body while it is sent.
///
/// Confined to the thread that performs the call.
final class HTTPExchange {
  /// A field line or a status line longer than all of this is an attack; servers commonly stop at 64 KiB.
  static let headerLimit = 256 << 10

  /// Whether the body is made while it is sent, so that nobody knows its length.
  var isPulled: Bool { pulling != nil }
  /// Whether the call may take as long as something moves.
  var isOpenEnded: Bool { pulling != nil || onBytes != nil }

  private let limit: Int
  private let pulling: (() -> [UInt8]?)?
  private let onBytes: ((Span<UInt8>) -> Bool)?
  private var partial = HTTPAnswer(status: 0)
  private var headerBytes = 0
  /// Why the rest of the answer is not wanted, where that is so.
  private(set) var ending: Ending?

  enum Ending { case receiverHasEnough, tooLarge }

  init(limit: Int, pulling: (() -> [UInt8]?)?, onBytes: ((Span<UInt8>) -> Bool)?) {
    self.limit = limit
    self.pulling = pulling
    self.onBytes = onBytes
  }

  /// What was answered.
  func answer() throws(HTTPCallError) -> HTTPAnswer {
    if ending == .tooLarge { throw HTTPCallError(.tooLarge, "The answer is larger than \(limit) bytes") }
    return partial
  }

  /// The next piece of the body, not empty; `nil` at its end.
  func pull() -> [UInt8]? {
    while let piece = pulling?() {
      if !piece.isEmpty { return piece }
    }
    return nil
  }

  /// Takes a status line or a header line; whether to go on.
  func take(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.headerLimit else {
      ending = .tooLarge
      return false
    }
    if unsafe line.starts(with: "HTTP/".utf8) {
      // A new status line: what came before belonged to an interim answer.
      partial.headers = []
      partial.status = unsafe Self.status(of: line)
    } else if let header = unsafe HTTPHeader(line: line) {
      partial.headers.append(header)
    }
    return true
  }

  /// The three digits after the first blank of a status line; 0 when there are none.
  private static func status(of line: UnsafeRawBufferPointer) -> Int {
    let digits = unsafe Array(line.drop { $0 != 32 }.dropFirst().prefix(3))
    guard digits.count == 3, digits.allSatisfy({ (48...57).contains($0) }) else { return 0 }
    return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  /// Takes a piece of the answer's body; whether to go on.
  func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    if let onBytes, partial.isSuccess {
      if onBytes(unsafe Span(_unsafeBytes: bytes)) { return true }
      ending = .receiverHasEnough
      return false
    }
    guard partial.body.count + bytes.count <= limit else {
      ending = .tooLarge
      return false
    }
    unsafe partial.body.append(contentsOf: bytes)
    return true
  }
}

extension HTTPExchange {
  /// What of the answer's head decides how its body is read.
  var status: Int { partial.status }

  /// The values of all header lines of this name, in order.
  func values(of name: String) -> [String] { partial.headers.filter { $0.isNamed(name) }.map(\.value) }
}

import CCurl

/// One call under way: what libcurl's callbacks fill in. Confined to the thread that performs the call.
final class HTTPExchange {
  /// A field line or a status line longer than all of this is an attack; servers commonly stop at 64 KiB.
  private static let headerLimit = 256 << 10

  private let limit: Int
  private let pulling: (() -> [UInt8]?)?
  private let onBytes: ((Span<UInt8>) -> Bool)?
  private var partial = HTTPAnswer(status: 0)
  private var headerBytes = 0
  /// What was pulled and not yet sent.
  private var pending: ArraySlice<UInt8> = []
  /// Why a callback ended the call, where one did.
  private var ending: Ending?

  private enum Ending { case receiverHasEnough, tooLarge }

  init(limit: Int, pulling: (() -> [UInt8]?)?, onBytes: ((Span<UInt8>) -> Bool)?) {
    self.limit = limit
    self.pulling = pulling
    self.onBytes = onBytes
  }

  /// The answer, or why there is none.
  func answer(_ code: CURLcode, status: Int, detail: String) throws(HTTPCallError) -> HTTPAnswer {
    partial.status = status
    switch ending {
    case .receiverHasEnough: return partial
    case .tooLarge: throw HTTPCallError(.tooLarge, "The answer is larger than \(limit) bytes")
    case nil: break
    }
    guard code == CURLE_OK else { throw HTTPCallError(code: code, detail: detail) }
    return partial
  }

  /// Whether to go on.
  private func received(headerLine line: UnsafeRawBufferPointer) -> Bool {
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
    unsafe line.drop { $0 != 32 }.dropFirst().prefix(3).reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  /// Whether to go on.
  private func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
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

  /// Fills `buffer`; how much of it, 0 at the end.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while pending.isEmpty {
      guard let next = pulling?() else { return 0 }
      pending = next[...]
    }
    let piece = pending.prefix(buffer.count)
    unsafe buffer.copyBytes(from: piece)
    pending = pending.dropFirst(piece.count)
    return piece.count
  }
}

extension HTTPExchange {
  typealias Callback =
    @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

  /// `CURLOPT_HEADERFUNCTION`: any count but the one given ends the transfer.
  static let onHeader: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe exchange.received(headerLine: line) ? size * count : -1
  }

  /// `CURLOPT_WRITEFUNCTION`: any count but the one given ends the transfer.
  static let onWrite: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    return unsafe exchange.received(UnsafeRawBufferPointer(start: bytes, count: size * count))
      ? size * count : -1
  }

  /// `CURLOPT_READFUNCTION`: 0 ends the body.
  static let onRead: Callback = { bytes, size, count, context in
    guard let context = unsafe context else { return 0 }
    let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    return unsafe exchange.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
  }
}

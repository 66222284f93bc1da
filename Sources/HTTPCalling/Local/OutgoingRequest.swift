/// A request on its way out (RFC 9112, section 3): its head, and its body with a length or in chunks.
struct OutgoingRequest {
  /// A body up to this size travels with the head.
  private static let smallBody = 16 << 10

  let method: String
  /// What is sent now.
  private(set) var next: ArraySlice<UInt8>
  /// What is sent afterwards.
  private var body: [UInt8]?
  /// Whether more has to be asked for.
  private var isPulled: Bool
  private var isAbandoned = false

  /// - Throws: when the method or the URL holds what cannot be sent.
  init(_ call: HTTPCall, isPulled: Bool, userAgent: String) throws(HTTPCallError) {
    let host = URLHost(of: call.url)
    let isPlain = { (text: String) in !text.isEmpty && text.utf8.allSatisfy { (33...126).contains($0) } }
    guard isPlain(call.method), isPlain(host.authority), isPlain(host.target) else {
      throw HTTPCallError(.unusable, "\(call.method) \(call.url) holds a character that cannot be sent")
    }
    var head = "\(call.method) \(host.target) HTTP/1.1\r\nHost: \(host.authority)\r\nUser-Agent: \(userAgent)\r\n"
    if !call.headers.contains(where: { $0.isNamed("Accept") }) { head += "Accept: */*\r\n" }
    for header in call.headers { head += "\(header.name): \(header.value)\r\n" }
    if isPulled {
      head += "Transfer-Encoding: chunked\r\n"
    } else if let body = call.body {
      head += "Content-Length: \(body.count)\r\n"
    }
    var first = Array((head + "\r\n").utf8)
    method = call.method
    self.isPulled = isPulled
    if let body = call.body, body.count <= Self.smallBody { first += body } else { body = call.body }
    next = first[...]
  }

  /// Whether it changes nothing, and may be sent again (RFC 9110, section 9.2.1).
  var isSafe: Bool { method == "GET" || method == "HEAD" }
  /// Whether there is anything left to send.
  var hasMore: Bool { !isAbandoned && !wasSent }
  /// Whether all of it was sent.
  var wasSent: Bool { next.isEmpty && body == nil && !isPulled }

  /// Provides what is sent next, when all before was sent.
  mutating func refill(from exchange: HTTPExchange) {
    guard next.isEmpty else { return }
    if let body {
      next = body[...]
      self.body = nil
    } else if isPulled {
      // A chunk: its length in hexadecimal digits, and its bytes; an empty one is the last.
      guard let piece = exchange.pull() else {
        next = Array("0\r\n\r\n".utf8)[...]
        isPulled = false
        return
      }
      next = (Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])[...]
    }
  }

  mutating func skip(_ count: Int) { next = next.dropFirst(count) }

  /// Leaves the rest unsent.
  mutating func abandon() { isAbandoned = true }
}

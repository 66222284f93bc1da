/// Turns the bytes of a `text/event-stream` into events, however they were cut.
///
/// - Source: WHATWG HTML, section 9.2.6 (interpreting an event stream).
public struct ServerSentEvents: Sendable {
  /// One event of ours carries one job event; a larger one would be a fault.
  public static let eventLimit = 1 << 20

  /// The id to resume after; kept even where an event without data set it.
  public private(set) var lastEventID: String?
  /// How long the server asks to wait before reconnecting.
  public private(set) var retryMilliseconds: Int?

  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var name = ""
  /// The id field of the event being read; it counts once the event is complete.
  private var pendingID: String?
  private var endedWithCarriageReturn = false
  private var isAtStart = true

  /// - Parameter lastEventID: where an earlier connection stopped.
  public init(lastEventID: String? = nil) {
    self.lastEventID = lastEventID
    pendingID = lastEventID
  }

  /// The events completed by `bytes`, in order; an incomplete one waits for more.
  ///
  /// - Throws: when one event exceeds `eventLimit`.
  public mutating func feed(_ bytes: Span<UInt8>) throws(ServerSentEventTooLarge) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for index in bytes.indices {
      let byte = bytes[index]
      defer { endedWithCarriageReturn = byte == UInt8(ascii: "\r") }
      switch byte {
      case UInt8(ascii: "\n") where endedWithCarriageReturn: continue
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if let event = endLine() { events.append(event) }
      default:
        guard line.count + data.count < Self.eventLimit else { throw ServerSentEventTooLarge() }
        line.append(byte)
      }
    }
    return events
  }

  /// Forgets a half-received event: the connection was cut, and the server will send it again.
  public mutating func reconnect() { self = ServerSentEvents(lastEventID: lastEventID) }

  private mutating func endLine() -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isAtStart {
      isAtStart = false
      if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
    }
    if line.isEmpty { return dispatch() }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    if colon == 0 { return nil }
    let field = String(decoding: line[..<(colon ?? line.count)], as: UTF8.self)
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    take(field, value)
    return nil
  }

  private mutating func take(_ field: String, _ value: ArraySlice<UInt8>) {
    switch field {
    case "data":
      if hasData { data.append(UInt8(ascii: "\n")) }
      data += value
      hasData = true
    case "event": name = String(decoding: value, as: UTF8.self)
    case "id":
      if !value.contains(0) { pendingID = String(decoding: value, as: UTF8.self) }
    case "retry":
      if !value.isEmpty, value.allSatisfy({ (48...57).contains($0) }) {
        retryMilliseconds = Int(String(decoding: value, as: UTF8.self)) ?? retryMilliseconds
      }
    default: break
    }
  }

  private mutating func dispatch() -> ServerSentEvent? {
    lastEventID = pendingID
    defer {
      (name, hasData) = ("", false)
      data.removeAll(keepingCapacity: true)
    }
    guard hasData else { return nil }
    return ServerSentEvent(
      id: lastEventID, name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self))
  }
}

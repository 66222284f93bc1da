import BrokerCore

extension AttemptInput {
  func write(to writer: inout ByteWriter) {
    writer.put(id)
    writer.put(position) { $0.put($1) }
    writer.put(bytes: bytes)
    writer.put(UInt8(isLast ? 1 : 0))
  }

  init(from reader: inout ByteReader) throws(ProtocolError) {
    let id = try reader.attempt()
    let position = try reader.optional { (r: inout ByteReader) throws(ProtocolError) in try r.number(UInt64.self) }
    let bytes = try reader.byteString()
    guard bytes.count <= Self.byteLimit else { throw ProtocolError(reason: "a piece of input beyond its limit") }
    self.init(id: id, position: position, bytes: bytes, isLast: try reader.number(UInt8.self) != 0)
  }
}

extension InputAnswer {
  private enum Kind: UInt8 { case taken = 0, full, gap, closed, unknown, unavailable }

  func write(to writer: inout ByteWriter) {
    let (kind, next, room): (Kind, UInt64, Int) =
      switch self {
      case .taken(let next, let room): (.taken, next, room)
      case .full(let next, let room): (.full, next, room)
      case .gap(let next): (.gap, next, 0)
      case .closed: (.closed, 0, 0)
      case .unknown: (.unknown, 0, 0)
      case .unavailable: (.unavailable, 0, 0)
      }
    writer.put(kind.rawValue)
    writer.put(next)
    writer.put(Int64(room))
  }

  init(from reader: inout ByteReader) throws(ProtocolError) {
    guard let kind = Kind(rawValue: try reader.number()) else {
      throw ProtocolError(reason: "unknown answer to input")
    }
    let (next, room) = (try reader.number(UInt64.self), Int(try reader.number(Int64.self)))
    self =
      switch kind {
      case .taken: .taken(next: next, room: room)
      case .full: .full(next: next, room: room)
      case .gap: .gap(next: next)
      case .closed: .closed
      case .unknown: .unknown
      case .unavailable: .unavailable
      }
  }
}

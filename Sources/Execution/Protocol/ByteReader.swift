import BrokerCore
import Vocabulary

/// What arrived is not of this protocol; the connection is closed.
struct ProtocolError: Error, Equatable {
  let reason: String
}

/// Reads the body of one frame; nothing in it is trusted.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(ProtocolError)
    -> Number
  {
    let size = Number.bitWidth / 8
    guard bytes.endIndex - position >= size else { throw ProtocolError(reason: "frame too short") }
    var result: Number = 0
    for index in 0..<size {
      result |= Number(truncatingIfNeeded: bytes[position + index]) << Number(truncatingIfNeeded: 8 * index)
    }
    position += size
    return result
  }

  mutating func text() throws(ProtocolError) -> String {
    let count = Int(try number(UInt32.self))
    guard bytes.endIndex - position >= count else { throw ProtocolError(reason: "text exceeds its frame") }
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw ProtocolError(reason: "text is not UTF-8")
    }
    position += count
    return text
  }

  mutating func byteString() throws(ProtocolError) -> [UInt8] {
    let count = Int(try number(UInt32.self))
    guard bytes.endIndex - position >= count else { throw ProtocolError(reason: "bytes exceed their frame") }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func attempt() throws(ProtocolError) -> AttemptID {
    guard let id = AttemptID(job: JobID(try number()), number: try number()) else {
      throw ProtocolError(reason: "an attempt of no stage")
    }
    return id
  }

  mutating func time() throws(ProtocolError) -> Timestamp { Timestamp(microseconds: try number()) }
  mutating func span() throws(ProtocolError) -> TimeSpan { TimeSpan(microseconds: try number()) }

  mutating func optional<Value>(
    _ body: (inout ByteReader) throws(ProtocolError) -> Value
  ) throws(ProtocolError) -> Value? {
    switch try number(UInt8.self) {
    case 0: return nil
    case 1: return try body(&self)
    default: throw ProtocolError(reason: "presence byte is neither 0 nor 1")
    }
  }

  /// An element takes at least one byte, so a count beyond the frame is refused before anything is reserved.
  mutating func array<Element>(
    _ body: (inout ByteReader) throws(ProtocolError) -> Element
  ) throws(ProtocolError) -> [Element] {
    let count = Int(try number(UInt32.self))
    guard count <= bytes.endIndex - position else { throw ProtocolError(reason: "count exceeds its frame") }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try body(&self)) }
    return elements
  }

  /// - Throws: when something is left over.
  func finish() throws(ProtocolError) {
    if position != bytes.endIndex { throw ProtocolError(reason: "frame too long") }
  }
}

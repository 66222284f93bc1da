import BrokerCore
import Vocabulary

/// Builds frames: a 32-bit length of what follows, a kind byte, a body; little-endian throughout.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func frame(_ kind: UInt8, _ body: (inout ByteWriter) -> Void) {
    let start = bytes.count
    put(UInt32(0))
    bytes.append(kind)
    body(&self)
    let length = UInt32(bytes.count - start - 4)
    for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
  }

  mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    var rest = number
    for _ in 0..<(Number.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      if Number.bitWidth > 8 { rest >>= 8 }
    }
  }

  mutating func put(_ text: String) {
    let utf8 = text.utf8
    put(UInt32(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func put(bytes new: [UInt8]) {
    put(UInt32(new.count))
    bytes.append(contentsOf: new)
  }

  mutating func put(_ id: AttemptID) {
    put(id.job.rawValue)
    put(id.number)
  }

  mutating func put(_ time: Timestamp) { put(time.microseconds) }
  mutating func put(_ span: TimeSpan) { put(span.microseconds) }

  /// A presence byte, then the value.
  mutating func put<Value>(_ value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
    put(UInt8(value == nil ? 0 : 1))
    if let value { body(&self, value) }
  }

  /// A 32-bit count, then the elements.
  mutating func put<Element>(_ elements: [Element], _ body: (inout ByteWriter, Element) -> Void) {
    put(UInt32(elements.count))
    for element in elements { body(&self, element) }
  }
}

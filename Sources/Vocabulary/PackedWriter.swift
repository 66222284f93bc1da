/// Writes values in the compact binary form of the log, of snapshots and of the shepherd's protocol.
///
/// Unsigned numbers are LEB128, signed ones zigzag first, texts and lists carry their length. There are no
/// tags: reader and writer agree through the record's version.
public struct PackedWriter: Sendable {
  public private(set) var bytes: [UInt8]

  public init(reservingCapacity capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  @inlinable public var count: Int { bytes.count }

  /// Keeps the storage for the next use.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  public mutating func write(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  public mutating func write(_ value: UInt32) { write(UInt64(value)) }

  public mutating func write(_ value: Int64) {
    write(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  public mutating func write(_ value: Int) { write(Int64(value)) }
  public mutating func write(_ value: Int32) { write(Int64(value)) }
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
  public mutating func write(_ value: UInt8) { bytes.append(value) }

  /// Eight bytes, little-endian: digests and random numbers do not shrink.
  public mutating func writeFixed(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  public mutating func write(_ value: Double) { writeFixed(value.bitPattern) }

  public mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      write(UInt64(utf8.count))
      unsafe bytes.append(contentsOf: utf8)
    }
  }

  public mutating func write(_ data: [UInt8]) {
    write(UInt64(data.count))
    bytes.append(contentsOf: data)
  }

  public mutating func write(_ time: Timestamp) { write(time.microseconds) }
  public mutating func write(_ span: TimeSpan) { write(span.microseconds) }
  public mutating func write(_ amount: Amount) { write(amount.thousandths) }
  public mutating func write(_ id: JobID) { write(id.rawValue) }

  public mutating func write(_ position: Position) {
    write(position.epoch)
    write(position.seq)
  }

  public mutating func write(_ digest: Digest) {
    writeFixed(digest.words.0)
    writeFixed(digest.words.1)
    writeFixed(digest.words.2)
    writeFixed(digest.words.3)
  }

  /// `nil` is a zero byte; anything else a one and the value.
  @inlinable
  public mutating func writeOptional<Value>(_ value: Value?, _ body: (inout PackedWriter, Value) -> Void) {
    guard let value else { return write(UInt8(0)) }
    write(UInt8(1))
    body(&self, value)
  }

  @inlinable
  public mutating func writeList<Element>(
    _ list: some Collection<Element>, _ body: (inout PackedWriter, Element) -> Void
  ) {
    write(UInt64(list.count))
    for element in list { body(&self, element) }
  }

  public mutating func write(_ json: JSONValue) {
    switch json {
    case .null: write(UInt8(0))
    case .bool(let truth): write(UInt8(truth ? 2 : 1))
    case .integer(let number):
      write(UInt8(3))
      write(number)
    case .real(let number):
      write(UInt8(4))
      write(number)
    case .string(let text):
      write(UInt8(5))
      write(text)
    case .array(let elements):
      write(UInt8(6))
      writeList(elements) { $0.write($1) }
    case .object(let object):
      write(UInt8(7))
      write(object)
    }
  }

  public mutating func write(_ object: JSONObject) {
    writeList(object.members) { writer, member in
      writer.write(member.name)
      writer.write(member.value)
    }
  }
}

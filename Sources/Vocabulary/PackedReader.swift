/// Why packed bytes cannot be read.
public enum PackedError: Error, Equatable, Sendable {
  /// The bytes ended inside a value that began at this offset.
  case truncated(offset: Int)
  /// A value that the writer never produces.
  case invalid(String, offset: Int)
}

/// Reads what `PackedWriter` wrote; refuses everything else without ever allocating more than the input is long.
public struct PackedReader: Sendable {
  /// Deepest nesting of JSON values; the API refuses deeper ones at 32.
  private static let maximumDepth = 64

  private let bytes: [UInt8]
  private let end: Int
  public private(set) var offset: Int

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
    offset = 0
  }

  public var isAtEnd: Bool { offset == end }

  public mutating func readByte() throws(PackedError) -> UInt8 {
    guard offset < end else { throw .truncated(offset: offset) }
    defer { offset += 1 }
    return bytes[offset]
  }

  public mutating func readUInt64() throws(PackedError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < end else { throw .truncated(offset: start) }
      let byte = bytes[offset]
      offset += 1
      if shift == 63, byte > 1 { throw .invalid("number over 64 bits", offset: start) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
      if shift > 63 { throw .invalid("number over 64 bits", offset: start) }
    }
  }

  public mutating func readUInt32() throws(PackedError) -> UInt32 { try narrowed(try readUInt64()) }
  public mutating func readInt() throws(PackedError) -> Int { try narrowed(try readInt64()) }
  public mutating func readInt32() throws(PackedError) -> Int32 { try narrowed(try readInt64()) }

  public mutating func readInt64() throws(PackedError) -> Int64 {
    let raw = try readUInt64()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  private func narrowed<Wide: BinaryInteger, Narrow: FixedWidthInteger>(_ value: Wide) throws(PackedError) -> Narrow {
    guard let narrow = Narrow(exactly: value) else { throw .invalid("number out of range", offset: offset) }
    return narrow
  }

  public mutating func readBool() throws(PackedError) -> Bool {
    switch try readByte() {
    case 0: return false
    case 1: return true
    default: throw .invalid("truth value", offset: offset - 1)
    }
  }

  public mutating func readFixed() throws(PackedError) -> UInt64 {
    guard end - offset >= 8 else { throw .truncated(offset: offset) }
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    offset += 8
    return value
  }

  public mutating func readDouble() throws(PackedError) -> Double { Double(bitPattern: try readFixed()) }

  /// A count that the remaining bytes can hold, at one byte an element or more.
  @usableFromInline
  mutating func readCount() throws(PackedError) -> Int {
    let start = offset
    let count = try readUInt64()
    guard count <= UInt64(end - offset) else { throw .truncated(offset: start) }
    return Int(count)
  }

  public mutating func readBytes() throws(PackedError) -> [UInt8] {
    let count = try readCount()
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  public mutating func readString() throws(PackedError) -> String {
    let start = offset
    let count = try readCount()
    guard let text = String(validating: bytes[offset..<offset + count], as: UTF8.self) else {
      throw .invalid("text is not UTF-8", offset: start)
    }
    offset += count
    return text
  }

  public mutating func readTimestamp() throws(PackedError) -> Timestamp { Timestamp(microseconds: try readInt64()) }
  public mutating func readTimeSpan() throws(PackedError) -> TimeSpan { TimeSpan(microseconds: try readInt64()) }
  public mutating func readAmount() throws(PackedError) -> Amount { Amount(thousandths: try readInt64()) }
  public mutating func readJobID() throws(PackedError) -> JobID { JobID(try readUInt64()) }

  public mutating func readPosition() throws(PackedError) -> Position {
    Position(epoch: try readUInt32(), seq: try readUInt64())
  }

  public mutating func readDigest() throws(PackedError) -> Digest {
    Digest(try readFixed(), try readFixed(), try readFixed(), try readFixed())
  }

  @inlinable
  public mutating func readOptional<Value>(
    _ body: (inout PackedReader) throws(PackedError) -> Value
  ) throws(PackedError) -> Value? {
    try readBool() ? try body(&self) : nil
  }

  @inlinable
  public mutating func readList<Element>(
    _ body: (inout PackedReader) throws(PackedError) -> Element
  ) throws(PackedError) -> [Element] {
    let count = try readCount()
    var list: [Element] = []
    list.reserveCapacity(min(count, 4_096))
    for _ in 0..<count { list.append(try body(&self)) }
    return list
  }

  public mutating func readJSON() throws(PackedError) -> JSONValue { try readJSON(depth: 0) }

  public mutating func readJSONObject() throws(PackedError) -> JSONObject { try readJSONObject(depth: 0) }

  private mutating func readJSON(depth: Int) throws(PackedError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw .invalid("JSON nested too deeply", offset: offset) }
    switch try readByte() {
    case 0: return .null
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .integer(try readInt64())
    case 4: return .real(try readDouble())
    case 5: return .string(try readString())
    case 6: return .array(try readList { (reader) throws(PackedError) in try reader.readJSON(depth: depth + 1) })
    case 7: return .object(try readJSONObject(depth: depth + 1))
    default: throw .invalid("JSON kind", offset: offset - 1)
    }
  }

  private mutating func readJSONObject(depth: Int) throws(PackedError) -> JSONObject {
    JSONObject(
      uniqueMembers: try readList { (reader) throws(PackedError) in
        JSONObject.Member(name: try reader.readString(), value: try reader.readJSON(depth: depth))
      })
  }
}

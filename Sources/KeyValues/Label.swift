/// The bytes between a node and its parent.
///
/// In a dense directory they are few, so up to seven lie in one word: an array of its own would cost 48 bytes a node.
enum Label: Sendable {
  /// Byte `i` at bits `8 i`; the length in the highest byte.
  case short(UInt64)
  case long([UInt8])

  /// Bytes that fit beside their length.
  private static let shortLimit = 7

  static let empty = Label.short(0)

  init(_ bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count <= Self.shortLimit else {
      self = .long(Array(bytes))
      return
    }
    var word = UInt64(bytes.count) << 56
    var shift: UInt64 = 0
    for byte in bytes {
      word |= UInt64(byte) << shift
      shift += 8
    }
    self = .short(word)
  }

  var count: Int {
    switch self {
    case .short(let word): Int(word >> 56)
    case .long(let bytes): bytes.count
    }
  }

  /// - Precondition: `index` is within bounds; unchecked for short ones, whose other bytes are zero.
  subscript(index: Int) -> UInt8 {
    switch self {
    case .short(let word): UInt8(truncatingIfNeeded: word >> UInt64(8 * index))
    case .long(let bytes): bytes[index]
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .short: (0..<count).map { self[$0] }
    case .long(let bytes): bytes
    }
  }

  /// How many bytes agree with those of `key` from `depth` on.
  func commonPrefix(with key: [UInt8], from depth: Int) -> Int {
    let limit = min(count, key.count - depth)
    var common = 0
    switch self {
    case .short(var word):
      while common < limit, UInt8(truncatingIfNeeded: word) == key[depth + common] {
        word >>= 8
        common += 1
      }
    case .long(let bytes):
      while common < limit, bytes[common] == key[depth + common] { common += 1 }
    }
    return common
  }

  /// How many bytes agree, from an offset in each.
  func commonPrefix(from offset: Int, with other: Label, from otherOffset: Int) -> Int {
    let limit = min(count - offset, other.count - otherOffset)
    var common = 0
    while common < limit, self[offset + common] == other[otherOffset + common] { common += 1 }
    return common
  }

  func prefix(_ length: Int) -> Label { Label(bytes[..<length]) }
  func dropFirst(_ length: Int) -> Label { Label(bytes[length...]) }

  static func + (a: Self, b: Self) -> Label { Label(a.bytes + b.bytes) }

  /// Appends the bytes from `offset` up to `end`.
  func append(to path: inout [UInt8], from offset: Int = 0, upTo end: Int? = nil) {
    switch self {
    case .short: for index in offset..<(end ?? count) { path.append(self[index]) }
    case .long(let bytes): path += bytes[offset..<(end ?? count)]
    }
  }
}

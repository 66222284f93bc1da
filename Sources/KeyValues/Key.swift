public import Vocabulary

/// The name of an entry: segments joined by `.`, as in Flux; byte exact, without normalisation.
///
/// Held as the bytes by which the tree is ordered: the separator is 0x00, which no key contains, so that the order of
/// bytes is the order by segments and a directory is one subtree (`a.b` sorts before `a!`).
public struct Key: Hashable, Comparable, Sendable {
  /// The separator as stored.
  static let separator: UInt8 = 0

  /// Segments joined by 0x00; empty for the root directory.
  public let bytes: [UInt8]

  /// The root directory; only where a directory may be named.
  public static let root = Key(unchecked: [])

  /// - Precondition: `bytes` came from a valid key.
  init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Parses the name of an entry, such as `job.1.state`.
  public init(_ text: some StringProtocol) throws(KeyError) { try self.init(utf8: Array(text.utf8)) }

  /// Parses the name of an entry from bytes that need not be UTF-8.
  public init(utf8 text: [UInt8]) throws(KeyError) {
    guard !text.isEmpty else { throw .empty }
    guard text.count <= KeyValueLimits.keyBytes else { throw .tooLong(bytes: text.count) }
    var bytes = text
    var segments = 1
    var isAtStart = true
    var isASCII = true
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "."):
        guard !isAtStart else { throw .emptySegment }
        bytes[index] = Self.separator
        segments += 1
        isAtStart = true
        continue
      case 0..<0x20, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "\\"): throw .forbiddenByte(byte)
      case 0x80...: isASCII = false
      default: break
      }
      isAtStart = false
    }
    guard !isAtStart else { throw .emptySegment }
    guard segments <= KeyValueLimits.keySegments else { throw .tooManySegments(segments) }
    guard isASCII || String(validating: text, as: UTF8.self) != nil else { throw .notUTF8 }
    self.bytes = bytes
  }

  /// Parses the name of a directory: a key, or `.` for the root.
  public init(directory text: some StringProtocol) throws(KeyError) {
    if text == "." { self = .root } else { try self.init(text) }
  }

  public var isRoot: Bool { bytes.isEmpty }

  /// Segments joined by `.`; `.` for the root.
  public var text: String {
    guard !isRoot else { return "." }
    return String(decoding: bytes.lazy.map { $0 == Self.separator ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
  }

  /// None for the root.
  public var segments: [String] {
    bytes.split(separator: Self.separator).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The directory that holds this key; `nil` for the root.
  public var parent: Key? {
    guard !isRoot else { return nil }
    return Key(unchecked: Array(bytes[..<(bytes.lastIndex(of: Self.separator) ?? 0)]))
  }

  /// `rest` below this directory; either may be the root.
  ///
  /// - Throws: `tooLong`, `tooManySegments`.
  public func appending(_ rest: Key) throws(KeyError) -> Key {
    guard !isRoot else { return rest }
    guard !rest.isRoot else { return self }
    let joined = bytes + [Self.separator] + rest.bytes
    guard joined.count <= KeyValueLimits.keyBytes else { throw .tooLong(bytes: joined.count) }
    let segments = joined.lazy.filter { $0 == Self.separator }.count + 1
    guard segments <= KeyValueLimits.keySegments else { throw .tooManySegments(segments) }
    return Key(unchecked: joined)
  }

  /// Whether this directory holds `key`, at any depth; not itself.
  public func isAncestor(of key: Key) -> Bool {
    isRoot
      ? !key.isRoot
      : key.bytes.count > bytes.count && key.bytes[bytes.count] == Self.separator
        && key.bytes.starts(with: bytes)
  }

  /// The bytes with which every key below this directory starts.
  var directoryPrefix: [UInt8] { isRoot ? [] : bytes + [Self.separator] }

  public static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

extension Key {
  public func pack(into writer: inout PackedWriter) { writer.write(bytes) }

  /// Reads what `pack` wrote; anything that is no key is refused.
  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    let bytes = try reader.readBytes()
    guard bytes.isEmpty || Self.isValid(stored: bytes) else { throw .invalid("key", offset: start) }
    self.init(unchecked: bytes)
  }

  /// Whether bytes that were stored are those of a key, the root excepted; makes no copy, for millions of them.
  static func isValid(stored bytes: [UInt8]) -> Bool {
    guard (1...KeyValueLimits.keyBytes).contains(bytes.count) else { return false }
    var segments = 1
    var isAtStart = true
    var isASCII = true
    for byte in bytes {
      switch byte {
      case separator:
        guard !isAtStart else { return false }
        segments += 1
        isAtStart = true
        continue
      // A dot would be a second spelling of the separator.
      case 1..<0x20, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "."): return false
      case 0x80...: isASCII = false
      default: break
      }
      isAtStart = false
    }
    return !isAtStart && segments <= KeyValueLimits.keySegments
      && (isASCII || String(validating: bytes, as: UTF8.self) != nil)
  }
}

public import Vocabulary

/// The name of a namespace: 1 to 64 of `[A-Za-z0-9._-]`, not starting with `.` or `-`, without `..`.
public struct NamespaceName: Hashable, Comparable, Sendable {
  public let text: String

  /// - Returns: `nil` when the text is no such name.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8.prefix(KeyValueLimits.namespaceNameBytes + 1))
    guard (1...KeyValueLimits.namespaceNameBytes).contains(bytes.count),
      bytes[0] != UInt8(ascii: "."), bytes[0] != UInt8(ascii: "-")
    else { return nil }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "-"), UInt8(ascii: "_"): continue
      case UInt8(ascii: "."): guard bytes[index - 1] != byte else { return nil }
      default: guard Self.isAlphanumeric(byte) else { return nil }
      }
    }
    self.text = String(text)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 32)
  }

  public static func < (a: Self, b: Self) -> Bool { a.text < b.text }

  public func pack(into writer: inout PackedWriter) { writer.write(text) }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    guard let name = Self(try reader.readString()) else { throw .invalid("namespace's name", offset: start) }
    self = name
  }
}

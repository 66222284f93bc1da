/// A header field.
public struct HTTPHeader: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Whether it can be sent: a line break or NUL would begin something else on the wire.
  var isSendable: Bool {
    !name.isEmpty && !name.utf8.contains { $0 <= 32 || $0 >= 127 || $0 == UInt8(ascii: ":") }
      && !value.utf8.contains { $0 < 32 && $0 != 9 || $0 == 127 }
  }

  /// Reads `Name: value` as received; `nil` for anything else.
  init?(line: some Collection<UInt8>) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex else { return nil }
    name = String(decoding: line[..<colon], as: UTF8.self)
    let rest = line[line.index(after: colon)...]
    let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 13 || $0 == 10 }
    let start = rest.firstIndex { !isBlank($0) } ?? rest.endIndex
    var text = Array(rest[start...])
    while let last = text.last, isBlank(last) { text.removeLast() }
    value = String(decoding: text, as: UTF8.self)
  }

  func isNamed(_ other: String) -> Bool { name.lowercased() == other.lowercased() }
}

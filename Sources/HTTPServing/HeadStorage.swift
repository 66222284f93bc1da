/// The bytes of a request head: the target, then names and values back to back.
final class HeadStorage: Sendable {
  /// One field as ranges of `bytes`; 16 bits suffice, a head has at most 24 KiB.
  struct Field: Sendable {
    let start: UInt16
    let nameEnd: UInt16
    let valueEnd: UInt16
    var name: Range<Int> { Int(start)..<Int(nameEnd) }
    var value: Range<Int> { Int(nameEnd)..<Int(valueEnd) }
  }

  let bytes: [UInt8]
  let targetLength: Int
  let fields: [Field]

  init(bytes: [UInt8], targetLength: Int, fields: [Field]) {
    self.bytes = bytes
    self.targetLength = targetLength
    self.fields = fields
  }

  /// Bytes that are not UTF-8 become U+FFFD; the guard lets them pass in field values only.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func field(named name: String.UTF8View) -> Field? {
    fields.first { field in
      field.name.count == name.count && zip(bytes[field.name], name).allSatisfy { $0.asciiLowercased == $1 }
    }
  }
}

extension UInt8 {
  /// The byte with an ASCII letter in lower case.
  @inline(__always) var asciiLowercased: UInt8 { self &- 65 < 26 ? self | 0x20 : self }
}

/// Takes a request target apart: splits first, decodes afterwards.
struct TargetParser {
  let limits: HTTPLimits

  func parse(_ target: [UInt8]) throws(GuardFault) -> (path: [String], query: [QueryItem]) {
    guard target.first == UInt8(ascii: "/") else {
      throw .target("The target is not a path of this server.").closing
    }
    guard target.count <= limits.targetBytes else { throw Self.tooLong }
    guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else {
      return (try Self.path(target[...]), [])
    }
    guard target.count - mark - 1 <= limits.queryBytes else { throw Self.tooLong }
    return (try Self.path(target[..<mark]), try query(target[(mark + 1)...]))
  }

  private static let tooLong = GuardFault(414, "target_too_long", "The target is too long.", closes: false)

  private static func path(_ bytes: ArraySlice<UInt8>) throws(GuardFault) -> [String] {
    var segments: [String] = []
    var start = bytes.startIndex + 1
    if start == bytes.endIndex { return [] }
    segments.reserveCapacity(6)
    while true {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
      if start == end, end != bytes.endIndex { throw .target("The path has an empty segment.") }
      segments.append(try segment(bytes[start..<end]))
      if end == bytes.endIndex { return segments }
      start = end + 1
    }
  }

  private static func segment(_ bytes: ArraySlice<UInt8>) throws(GuardFault) -> String {
    var isPlain = true
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == 0xC6, index + 1 < bytes.endIndex, bytes[index + 1] == 0x92 {
        // The letter that begins an F58 job id is the one character allowed as raw UTF-8 (RFC 19).
        index += 2
        continue
      }
      if byte == UInt8(ascii: "%") { isPlain = false } else if !byte.isPathByte { throw badByte }
      index += 1
    }
    let text: String
    if isPlain {
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      let decoded = try decode(bytes)
      guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x5C }) else {
        throw .target("A segment of the path holds an encoded slash, backslash or control character.")
      }
      text = try string(decoded)
    }
    guard text != ".", text != ".." else { throw .target("The path has a dot segment.") }
    return text
  }

  private func query(_ bytes: ArraySlice<UInt8>) throws(GuardFault) -> [QueryItem] {
    if bytes.isEmpty { return [] }
    guard bytes.allSatisfy({ $0.isQueryByte || $0 == UInt8(ascii: "%") }) else { throw Self.badByte }
    var items: [QueryItem] = []
    var start = bytes.startIndex
    while true {
      guard items.count < limits.queryArguments else { throw .target("The query has too many arguments.") }
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
      let argument = bytes[start..<end]
      let equals = argument.firstIndex(of: UInt8(ascii: "=")) ?? end
      let value = argument[min(equals + 1, end)...]
      items.append(QueryItem(name: try Self.decoded(argument[..<equals]), value: try Self.decoded(value)))
      if end == bytes.endIndex { return items }
      start = end + 1
    }
  }

  private static func decoded(_ bytes: ArraySlice<UInt8>) throws(GuardFault) -> String {
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    return try string(try decode(bytes))
  }

  private static func decode(_ bytes: ArraySlice<UInt8>) throws(GuardFault) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      guard bytes[index] == UInt8(ascii: "%") else {
        decoded.append(bytes[index])
        index += 1
        continue
      }
      guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexValue,
        let low = bytes[index + 2].hexValue, high | low != 0
      else { throw .target("A percent-encoding of the target is incomplete, or stands for NUL.") }
      decoded.append(high << 4 | low)
      index += 3
    }
    return decoded
  }

  private static func string(_ bytes: [UInt8]) throws(GuardFault) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .target("The target does not decode to UTF-8.")
    }
    return text
  }

  private static let badByte = GuardFault.target("The target has a character that must be percent-encoded.")
}

extension UInt8 {
  /// `pchar` of RFC 3986 without `%`, and without `;`, which some parsers take for a parameter.
  fileprivate var isPathByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","),
      UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"):
      true
    default: false
    }
  }

  fileprivate var isQueryByte: Bool {
    isPathByte || self == UInt8(ascii: "/") || self == UInt8(ascii: "?") || self == UInt8(ascii: ";")
  }
}

extension JSONValue {
  /// Compact JSON text.
  public var jsonText: String {
    var bytes: [UInt8] = []
    appendJSON(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends compact JSON text; members keep their order.
  public func appendJSON(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.appendJSON(literal: "null")
    case .bool(let truth): bytes.appendJSON(truth)
    case .integer(let number): bytes.appendJSON(number)
    case .real(let number): bytes.appendJSON(number)
    case .string(let text): bytes.appendJSON(text)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.appendJSON(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object): object.appendJSON(to: &bytes)
    }
  }
}

extension JSONObject {
  /// Appends compact JSON text; members keep their order.
  public func appendJSON(to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendJSON(member.name)
      bytes.append(UInt8(ascii: ":"))
      member.value.appendJSON(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}

public import Vocabulary

extension Proof {
  /// The proof as the API writes it.
  public var json: JSONValue {
    .object(["steps": .array(steps.map(\.json))])
  }

  /// - Returns: `nil` for anything that `json` does not write.
  public init?(json: JSONValue) {
    guard let list = json["steps"]?.array else { return nil }
    var steps: [Step] = []
    for element in list {
      guard let step = Step(json: element) else { return nil }
      steps.append(step)
    }
    self.init(steps: steps)
  }
}

extension Proof.Step {
  fileprivate var json: JSONValue {
    .object([
      "label": .string(label.hex), "entry": entry.map { .string($0.hex) } ?? .null,
      "children": .array(
        children.map { .object(["byte": .integer(Int64($0.byte)), "digest": .string($0.digest.hex)]) }),
    ])
  }

  fileprivate init?(json: JSONValue) {
    guard let label = json["label"]?.string.flatMap([UInt8].init(hex:)), let list = json["children"]?.array else {
      return nil
    }
    var entry: Digest?
    if case .string(let hex)? = json["entry"] {
      guard let digest = Digest(hex: hex) else { return nil }
      entry = digest
    } else if json["entry"] != .null {
      return nil
    }
    var children: [Proof.Child] = []
    for child in list {
      guard let byte = child["byte"]?.integer.flatMap(UInt8.init(exactly:)),
        let digest = child["digest"]?.string.flatMap(Digest.init(hex:))
      else { return nil }
      children.append(Proof.Child(byte: byte, digest: digest))
    }
    self.init(label: label, entry: entry, children: children)
  }
}

extension Digest {
  fileprivate init?(hex: String) {
    guard let bytes = [UInt8](hex: hex) else { return nil }
    self.init(bytes: bytes)
  }
}

extension [UInt8] {
  fileprivate var hex: String {
    let digits = [UInt8]("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Lower-case digits only: one value has one spelling.
  fileprivate init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count % 2 == 0 else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.value(ofDigit: digits[index]), let low = Self.value(ofDigit: digits[index + 1]) else {
        return nil
      }
      append(high << 4 | low)
    }
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    default: nil
    }
  }
}

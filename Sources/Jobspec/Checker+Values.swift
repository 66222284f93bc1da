import Vocabulary

/// Readers of single values: each reports what is wrong and then gives `nil`.
extension Checker {
  mutating func object(_ value: JSONValue) -> JSONObject? {
    if case .object(let object) = value { return object }
    report("must be an object, not \(value.kind)")
    return nil
  }

  mutating func array(_ value: JSONValue) -> [JSONValue]? {
    if case .array(let elements) = value { return elements }
    report("must be an array, not \(value.kind)")
    return nil
  }

  mutating func string(_ value: JSONValue) -> String? {
    if case .string(let text) = value { return text }
    report("must be a string, not \(value.kind)")
    return nil
  }

  mutating func bool(_ value: JSONValue) -> Bool? {
    if case .bool(let truth) = value { return truth }
    report("must be true or false, not \(value.kind)")
    return nil
  }

  /// A real is no integer: `1.0` is refused, as RFC 25 wants.
  mutating func integer(_ value: JSONValue, in range: ClosedRange<Int64>) -> Int64? {
    if case .integer(let number) = value, range.contains(number) { return number }
    if case .integer(let number) = value {
      report("must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
    } else {
      report("must be an integer from \(range.lowerBound) to \(range.upperBound), not \(value.kind)")
    }
    return nil
  }

  /// A text of 1 to `maximumBytes` bytes without control characters.
  mutating func plainText(_ value: JSONValue, maximumBytes: Int) -> String? {
    guard let text = string(value) else { return nil }
    if text.isEmpty {
      report("must not be empty")
    } else if text.utf8.count > maximumBytes {
      report("must have at most \(maximumBytes) bytes, not \(text.utf8.count)")
    } else if text.hasControlCharacter {
      report("must not contain control characters")
    }
    return text
  }

  /// Seconds as a JSON number; a positive span never becomes zero, which would mean unlimited.
  mutating func seconds(_ value: JSONValue) -> TimeSpan? {
    switch value {
    case .integer(let seconds) where (0...JobspecLimits.maximumDurationSeconds).contains(seconds):
      return .seconds(seconds)
    case .real(let seconds) where seconds >= 0 && seconds <= Double(JobspecLimits.maximumDurationSeconds):
      let exact = seconds * 1_000_000
      let whole = Int64(exact)
      return TimeSpan(microseconds: Double(whole) < exact ? whole + 1 : whole)
    case .integer, .real:
      report("must be from 0 to \(JobspecLimits.maximumDurationSeconds) seconds")
    default:
      report("must be a number of seconds, not \(value.kind)")
    }
    return nil
  }

  /// Reports a member that the schema does not have, and the name that was probably meant.
  mutating func reportUnknown(_ name: String, allowed: [String]) {
    guard !isFull else { return }
    if let near = NearestName.find(name, in: allowed) {
      report(at: name, "is not a known field; did you mean \"\(near)\"?")
    } else {
      report(at: name, "is not a known field; known are \(allowed.joined(separator: ", "))")
    }
  }

  mutating func requireMembers(_ names: [String], of object: JSONObject) {
    for name in names where object[name] == nil { report(at: name, "is required") }
  }
}

extension JSONValue {
  /// The kind of value as messages name it.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .real: "a real number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  var isNull: Bool { if case .null = self { true } else { false } }
}

extension String {
  /// C0, DEL, or C1: a terminal may obey them.
  var hasControlCharacter: Bool {
    var previous: UInt8 = 0
    for byte in utf8 {
      if byte < 0x20 || byte == 0x7F { return true }
      // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
      if previous == 0xC2, byte < 0xA0 { return true }
      previous = byte
    }
    return false
  }

  /// JSON text cannot carry one here, but YAML can.
  var hasNUL: Bool { utf8.contains(0) }
}

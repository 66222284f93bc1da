/// Values: elements of an array, or what belongs to the name just written.
extension JSONWriter {
  @inlinable
  public mutating func value(_ text: String) {
    separate()
    storage.appendJSON(text)
  }

  @inlinable
  public mutating func value(_ number: Int64) {
    separate()
    storage.appendJSON(number)
  }

  @inlinable public mutating func value(_ number: Int) { value(Int64(number)) }

  @inlinable
  public mutating func value(_ number: UInt64) {
    separate()
    storage.appendDecimal(number)
  }

  public mutating func value(_ number: Double) {
    separate()
    storage.appendJSON(number)
  }

  @inlinable
  public mutating func value(_ truth: Bool) {
    separate()
    storage.appendJSON(truth)
  }

  /// In ASCII F58: JSON numbers do not hold 64 bits everywhere.
  public mutating func value(_ id: JobID) {
    separate()
    storage.appendBytes(atMost: JobID.f58Digits + 3) {
      unsafe id.putF58($0.put(UInt8(ascii: "\""))).put(UInt8(ascii: "\""))
    }
  }

  /// As RFC 3339 text.
  public mutating func value(_ time: Timestamp) {
    separate()
    storage.appendBytes(atMost: Timestamp.textLength + 2) {
      unsafe time.put($0.put(UInt8(ascii: "\""))).put(UInt8(ascii: "\""))
    }
  }

  public mutating func value(_ value: JSONValue) {
    separate()
    value.appendJSON(to: &storage)
  }

  @inlinable
  public mutating func null() {
    separate()
    storage.appendJSON(literal: "null")
  }

  /// Text that needs no escapes, such as a state's name.
  @inlinable
  public mutating func value(static text: StaticString) {
    separate()
    storage.appendBytes(atMost: text.utf8CodeUnitCount + 2) {
      unsafe $0.put(UInt8(ascii: "\"")).put(text).put(UInt8(ascii: "\""))
    }
  }

  /// A complete JSON value that was rendered before.
  @inlinable
  public mutating func raw(_ json: [UInt8]) {
    separate()
    storage.append(contentsOf: json)
  }
}

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
    storage.append(UInt8(ascii: "\""))
    id.appendF58(to: &storage)
    storage.append(UInt8(ascii: "\""))
  }

  /// As RFC 3339 text.
  public mutating func value(_ time: Timestamp) {
    separate()
    storage.append(UInt8(ascii: "\""))
    time.append(to: &storage)
    storage.append(UInt8(ascii: "\""))
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
    storage.append(UInt8(ascii: "\""))
    text.withUTF8Buffer { unsafe storage.append(contentsOf: $0) }
    storage.append(UInt8(ascii: "\""))
  }

  /// A complete JSON value that was rendered before.
  @inlinable
  public mutating func raw(_ json: [UInt8]) {
    separate()
    storage.append(contentsOf: json)
  }
}

/// Whole members of an object.
extension JSONWriter {
  @inlinable
  public mutating func field(_ name: StaticString, _ text: String) {
    self.name(name)
    value(text)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ number: Int64) {
    self.name(name)
    value(number)
  }

  @inlinable public mutating func field(_ name: StaticString, _ number: Int) { field(name, Int64(number)) }

  @inlinable
  public mutating func field(_ name: StaticString, _ number: UInt64) {
    self.name(name)
    value(number)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ number: Double) {
    self.name(name)
    value(number)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ truth: Bool) {
    self.name(name)
    value(truth)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ id: JobID) {
    self.name(name)
    value(id)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ time: Timestamp) {
    self.name(name)
    value(time)
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ value: JSONValue) {
    self.name(name)
    self.value(value)
  }

  @inlinable
  public mutating func field(_ name: StaticString, static text: StaticString) {
    self.name(name)
    value(static: text)
  }

  @inlinable
  public mutating func field(_ name: StaticString, raw json: [UInt8]) {
    self.name(name)
    raw(json)
  }

  @inlinable
  public mutating func nullField(_ name: StaticString) {
    self.name(name)
    null()
  }

  @inlinable
  public mutating func object<E: Error>(
    _ name: StaticString, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.name(name)
    try object(body)
  }

  @inlinable
  public mutating func array<E: Error>(
    _ name: StaticString, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.name(name)
    try array(body)
  }
}

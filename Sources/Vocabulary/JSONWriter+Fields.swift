/// Whole members of an object.
extension JSONWriter {
  @inlinable
  public mutating func field(_ name: StaticString, _ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      guard unsafe utf8.isPlainJSON else {
        self.name(name)
        followsValue = true
        return unsafe storage.appendEscaped(utf8)
      }
      let follows = followsValue
      storage.appendBytes(atMost: name.utf8CodeUnitCount + utf8.count + 6) {
        unsafe $0.put(name, comma: follows).put(UInt8(ascii: "\"")).put(utf8).put(UInt8(ascii: "\""))
      }
      followsValue = true
    }
  }

  @inlinable
  public mutating func field(_ name: StaticString, _ number: Int64) {
    let follows = followsValue
    storage.appendBytes(atMost: name.utf8CodeUnitCount + 24) {
      unsafe $0.put(name, comma: follows).put(number)
    }
    followsValue = true
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
    let follows = followsValue
    storage.appendBytes(atMost: name.utf8CodeUnitCount + text.utf8CodeUnitCount + 6) {
      unsafe $0.put(name, comma: follows).put(UInt8(ascii: "\"")).put(text).put(UInt8(ascii: "\""))
    }
    followsValue = true
  }

  @inlinable
  public mutating func field(_ name: StaticString, raw json: [UInt8]) {
    self.name(name)
    raw(json)
  }

  @inlinable
  public mutating func nullField(_ name: StaticString) {
    let follows = followsValue
    storage.appendBytes(atMost: name.utf8CodeUnitCount + 8) {
      unsafe $0.put(name, comma: follows).put("null")
    }
    followsValue = true
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

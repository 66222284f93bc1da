/// Writes JSON text straight into bytes, for answers that are too hot for a tree of values.
///
/// Commas are put by the writer. Names that are static strings are written without looking for characters to escape:
/// the caller's source holds none. The order of calls is the caller's duty; only the balance of brackets is checked,
/// when the bytes are taken.
public struct JSONWriter: Sendable {
  @usableFromInline var storage: [UInt8]
  /// Whether the next name or value follows another one of the same array or object.
  @usableFromInline var followsValue = false
  @usableFromInline var depth = 0

  @inlinable
  public init(reservingCapacity capacity: Int = 1024) {
    storage = []
    storage.reserveCapacity(capacity)
  }

  /// What was written so far.
  @inlinable public var bytes: [UInt8] { storage }
  @inlinable public var count: Int { storage.count }

  /// Hands the text over and starts anew.
  ///
  /// - Precondition: everything that was begun is ended.
  @inlinable
  public mutating func take() -> [UInt8] {
    precondition(depth == 0, "each object and array is ended")
    followsValue = false
    var taken: [UInt8] = []
    swap(&taken, &storage)
    return taken
  }

  /// Forgets the text but keeps its storage for the next use.
  @inlinable
  public mutating func removeAll() {
    storage.removeAll(keepingCapacity: true)
    followsValue = false
    depth = 0
  }

  // MARK: Structure

  @inlinable public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  @inlinable public mutating func endObject() { end(UInt8(ascii: "}")) }
  @inlinable public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  @inlinable public mutating func endArray() { end(UInt8(ascii: "]")) }

  @inlinable
  public mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginObject()
    try body(&self)
    endObject()
  }

  @inlinable
  public mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    beginArray()
    try body(&self)
    endArray()
  }

  /// A member's name; its value is to be written next.
  @inlinable
  public mutating func name(_ name: StaticString) {
    let follows = followsValue
    storage.appendBytes(atMost: name.utf8CodeUnitCount + 4) { unsafe $0.put(name, comma: follows) }
    followsValue = false
  }

  /// A member's name that is only known at run time, escaped.
  public mutating func name(escaping name: String) {
    separate()
    storage.appendJSON(name)
    storage.append(UInt8(ascii: ":"))
    followsValue = false
  }

  @inlinable
  mutating func begin(_ bracket: UInt8) {
    separate()
    storage.append(bracket)
    followsValue = false
    depth += 1
  }

  @inlinable
  mutating func end(_ bracket: UInt8) {
    storage.append(bracket)
    followsValue = true
    depth -= 1
  }

  /// Puts the comma that is due, and notes that a value follows.
  @inlinable
  mutating func separate() {
    if followsValue { storage.append(UInt8(ascii: ",")) }
    followsValue = true
  }
}

extension UnsafeMutablePointer<UInt8> {
  /// Writes the name of a member, with the comma that may be due and the colon.
  @inlinable
  @inline(__always)
  func put(_ name: StaticString, comma: Bool) -> Self {
    let start = unsafe comma ? put(UInt8(ascii: ",")) : self
    return unsafe start.put(UInt8(ascii: "\"")).put(name).put(UInt8(ascii: "\"")).put(UInt8(ascii: ":"))
  }
}

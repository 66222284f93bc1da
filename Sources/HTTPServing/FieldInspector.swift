/// Checks the header fields one by one, and what they say together about the request's end.
struct FieldInspector {
  let limits: HTTPLimits
  /// Whether the request is HTTP/1.0.
  let isOld: Bool
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  private var hosts = 0
  /// One bit for each name of `singletons` that was seen.
  private var seen: UInt16 = 0

  init(limits: HTTPLimits, isOld: Bool) {
    self.limits = limits
    self.isOld = isOld
  }

  /// Fields of which a second one would leave it to chance which is meant.
  private static let singletons: [StaticString] = [
    "host", "authorization", "content-length", "transfer-encoding", "content-type", "content-encoding",
    "expect", "idempotency-key", "last-event-id",
  ]

  mutating func inspect(_ raw: borrowing RawHead) throws(GuardFault) -> HeadStorage {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(raw.headSize)
    bytes += raw.target
    var fields: [HeadStorage.Field] = []
    fields.reserveCapacity(raw.storedCount)
    for index in 0..<raw.storedCount {
      let name = unsafe raw.name(index)
      let value = unsafe Self.trimmed(raw.value(index))
      guard name.count + value.count <= limits.headerBytes else {
        throw RequestGuard.headTooLarge("A header field is too long.")
      }
      guard unsafe !name.isEmpty, unsafe name.allSatisfy(\.isTokenByte) else {
        throw .field("The name of a header field is not a token.")
      }
      guard unsafe value.allSatisfy({ ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }) else {
        throw .field("The value of a header field has a control character.")
      }
      let start = bytes.count
      unsafe bytes.append(contentsOf: name)
      unsafe bytes.append(contentsOf: value)
      fields.append(
        HeadStorage.Field(
          start: UInt16(start), nameEnd: UInt16(start + name.count), valueEnd: UInt16(bytes.count)))
      unsafe try note(name: name, value: value)
    }
    return HeadStorage(bytes: bytes, targetLength: raw.target.count, fields: fields)
  }

  /// What only all fields together tell.
  func checkWhole() throws(GuardFault) {
    if hosts == 0, !isOld { throw .field("There is no Host.") }
    if isChunked, contentLength != nil {
      throw .framing("Content-Length and Transfer-Encoding exclude each other.")
    }
  }

  private mutating func note(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) throws(GuardFault) {
    guard let which = Self.singletons.firstIndex(where: { unsafe Self.matches(name, $0) }) else { return }
    guard seen & (1 << which) == 0 else {
      throw .framing("A header field that may come once came twice.")
    }
    seen |= 1 << which
    switch which {
    case 0:
      hosts += 1
      guard unsafe HostValue.isValid(value) else { throw .field("The Host is not a host and port.") }
    case 2: unsafe try noteLength(value)
    case 3: unsafe try noteCoding(value)
    case 6:
      guard unsafe Self.matches(value, "100-continue") else {
        throw GuardFault(417, "expectation_failed", "Only 100-continue can be expected.")
      }
    default: break
    }
  }

  private mutating func noteLength(_ value: UnsafeRawBufferPointer) throws(GuardFault) {
    guard unsafe !value.isEmpty, unsafe value.allSatisfy(\.isASCIIDigit) else {
      throw .framing("Content-Length is not a number.")
    }
    var length = 0
    for index in value.indices {
      let (tenfold, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(unsafe Int(value[index]) - 48)
      guard !overflow, !carry, sum <= limits.announcedBodyBytes else { throw .bodyTooLarge }
      length = sum
    }
    contentLength = length
  }

  /// RFC 9112, 6.1: a coding that is not known is 501; a list that cannot tell where the body ends is 400.
  private mutating func noteCoding(_ value: UnsafeRawBufferPointer) throws(GuardFault) {
    if isOld { throw .framing("HTTP/1.0 has no Transfer-Encoding.") }
    if unsafe Self.matches(value, "chunked") {
      isChunked = true
      return
    }
    let codings = unsafe value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
      unsafe Self.trimmed(UnsafeRawBufferPointer(rebasing: $0))
    }
    guard unsafe codings.allSatisfy({ unsafe !$0.isEmpty && $0.allSatisfy(\.isTokenByte) }) else {
      throw .framing("Transfer-Encoding is not a list of tokens.")
    }
    if unsafe codings.dropLast().contains(where: { unsafe Self.matches($0, "chunked") }) {
      throw .framing("The chunked coding is not the last.")
    }
    throw GuardFault(501, "coding_not_known", "The only transfer coding is chunked.")
  }

  /// Compares with a name in lower case, without regard to the case of `bytes`.
  private static func matches(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    let expected = unsafe name.utf8Start
    for index in bytes.indices where unsafe bytes[index].asciiLowercased != expected[index] {
      return false
    }
    return true
  }

  private static func trimmed(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = value.count
    while end > 0, unsafe value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
    var start = 0
    while start < end, unsafe value[start] == 0x20 || value[start] == 0x09 { start += 1 }
    return unsafe UnsafeRawBufferPointer(rebasing: value[start..<end])
  }
}

/// One pass over JSON text before it is parsed: depth, number of values, and numbers that would become zero.
///
/// jansson allows 2,048 levels, needs 620 KiB of stack to print them, and makes up to 79 bytes of heap out of
/// one byte of text; so its input is bounded here, without allocating. Where the text is malformed the scan
/// may see it differently from the parser, which then refuses it anyway.
struct TextScan {
  /// The decimal exponent of the smallest normal double; below it digits are lost, then the number.
  private static let smallestExponent = -307

  private let limits: JSONLimits
  private var depth = 0
  /// The root, one for each comma, one for each container that is not empty.
  private var values = 1
  /// The last byte that was not white space, to tell `[]` from `[1]`.
  private var previous: UInt8 = 0

  static func check(_ bytes: Span<UInt8>, _ limits: JSONLimits) throws(JSONSyntaxError) {
    guard bytes.count <= limits.maximumBytes else {
      throw JSONSyntaxError(
        kind: .tooManyBytes, line: 1, column: 1,
        reason: "the text is longer than \(limits.maximumBytes) bytes")
    }
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
      throw JSONSyntaxError(
        kind: .malformed, line: 1, column: 1, reason: "the text begins with a byte order mark")
    }
    var scan = TextScan(limits: limits)
    try scan.run(bytes)
  }

  private init(limits: JSONLimits) { self.limits = limits }

  private mutating func run(_ bytes: Span<UInt8>) throws(JSONSyntaxError) {
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        offset += 1
        continue
      case UInt8(ascii: "\""):
        offset = try Self.endOfString(bytes, from: offset)
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        offset = try Self.endOfNumber(bytes, from: offset)
      default:
        try count(byte, bytes, offset)
        offset += 1
      }
      previous = byte
    }
    if previous == 0 {
      throw JSONSyntaxError(kind: .malformed, line: 1, column: 1, reason: "the text is empty")
    }
  }

  @inline(__always)
  private mutating func count(_ byte: UInt8, _ bytes: Span<UInt8>, _ offset: Int) throws(JSONSyntaxError) {
    // One while it is open whether a container just opened has a first value; only the last can be so.
    var undecided = 0
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      depth += 1
      values += 1
      undecided = 1
      if depth > limits.maximumDepth {
        throw JSONSyntaxError(
          .tooDeep, at: offset, of: bytes, "values are nested deeper than \(limits.maximumDepth) levels")
      }
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      depth -= 1
      // Opened and closed: there was no first value in it. `{` is `[` plus 32, and so are their counterparts.
      if previous & 0xDF == UInt8(ascii: "[") { values -= 1 }
    case UInt8(ascii: ","):
      values += 1
    default:
      return
    }
    if values - undecided > limits.maximumValues {
      throw JSONSyntaxError(
        .tooManyValues, at: offset, of: bytes, "the text holds more than \(limits.maximumValues) values")
    }
  }

  /// The offset behind the closing quote, or the end of the text.
  private static func endOfString(_ bytes: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> Int {
    var offset = start + 1
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") { return offset + 1 }
      if byte < 0x20 {
        throw JSONSyntaxError(
          .malformed, at: offset, of: bytes, "a string holds an unescaped control character")
      }
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return bytes.count
  }

  /// The offset behind the number.
  private static func endOfNumber(_ bytes: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> Int {
    var offset = start
    while offset < bytes.count, isOfNumber(bytes[offset]) { offset += 1 }
    // Without an exponent a number this short cannot vanish.
    if offset - start > 3, vanishes(bytes, start, offset) {
      throw JSONSyntaxError(
        .malformed, at: start, of: bytes, "a number is too close to zero to be represented")
    }
    return offset
  }

  @inline(__always)
  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// Whether a number that is not zero would be read as zero, or nearly.
  private static func vanishes(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    // Powers of ten: of the digit behind the point, and of the first digit that is not zero.
    var place = 0
    var leading: Int?
    var sawPoint = false
    var offset = start
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: "."): sawPoint = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if sawPoint { place -= 1 } else if leading != nil { leading? += 1 }
        if leading == nil, bytes[offset] != UInt8(ascii: "0") { leading = place }
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        return leading.map { $0 + exponent(bytes, offset + 1, end) < smallestExponent } ?? false
      default: break
      }
      offset += 1
    }
    return leading.map { $0 < smallestExponent } ?? false
  }

  /// A decimal exponent, cut off at a million.
  private static func exponent(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var value = 0
    for offset in start..<end {
      let digit = Int(bytes[offset]) - 0x30
      if (0...9).contains(digit) { value = min(value * 10 + digit, 1_000_000) }
    }
    return start < end && bytes[start] == UInt8(ascii: "-") ? -value : value
  }
}

extension Timestamp {
  private static let day: Int64 = 86_400_000_000
  /// Years 0000 to 9999, all that RFC 3339 can write.
  private static let writable = Int64(-62_167_219_200_000_000)...Int64(253_402_300_799_999_999)

  /// RFC 3339 text in UTC with microseconds, such as `2026-11-23T03:08:00.123456Z`.
  public var rfc3339: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(27)
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Bytes of the text.
  static let textLength = 27

  /// Appends the RFC 3339 text; moments outside of years 0 to 9999 are written as the nearest one inside.
  public func append(to bytes: inout [UInt8]) {
    bytes.appendBytes(atMost: Self.textLength) { unsafe put($0) }
  }

  /// Writes the text, which always takes `textLength` bytes.
  func put(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    let moment = min(max(microseconds, Self.writable.lowerBound), Self.writable.upperBound)
    let sinceMidnight = ((moment % Self.day) + Self.day) % Self.day
    let date = CivilDate(daysSince1970: Int((moment - sinceMidnight) / Self.day))
    let seconds = UInt64(sinceMidnight) / 1_000_000
    let day = unsafe start.put(UInt64(date.year), width: 4).put(UInt8(ascii: "-"))
      .put(UInt64(date.month), width: 2).put(UInt8(ascii: "-")).put(UInt64(date.day), width: 2)
    let time = unsafe day.put(UInt8(ascii: "T")).put(seconds / 3_600, width: 2).put(UInt8(ascii: ":"))
      .put(seconds / 60 % 60, width: 2).put(UInt8(ascii: ":")).put(seconds % 60, width: 2)
    return unsafe time.put(UInt8(ascii: ".")).put(UInt64(sinceMidnight) % 1_000_000, width: 6)
      .put(UInt8(ascii: "Z"))
  }

  /// Parses RFC 3339 text: `2026-11-23T03:08:00Z`, with any fraction of up to nine digits and any offset.
  ///
  /// Digits past the microsecond are dropped. Second 60 is taken only where leap seconds are, and counts as the
  /// second after it, as POSIX clocks do.
  public init?(rfc3339 text: some StringProtocol) {
    var reader = Reader(rest: Array(text.utf8.prefix(Self.textLimit + 1))[...])
    guard reader.rest.count <= Self.textLimit,
      let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.take("T") || reader.take("t"),
      let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
      let second = reader.number(2), let fraction = reader.fraction(), let offset = reader.offset(),
      reader.rest.isEmpty
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard date.exists, hour < 24, minute < 60, second <= 60 else { return nil }
    let minutes = date.daysSince1970 * 1_440 + hour * 60 + minute - offset
    guard second < 60 || (minutes % 1_440 + 1_440) % 1_440 == 1_439 else { return nil }
    self.init(microseconds: Int64(minutes * 60 + second) * 1_000_000 + Int64(fraction))
  }

  /// `2026-11-23T03:08:00.123456789+01:00` has 35 characters.
  private static let textLimit = 35

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    mutating func number(_ digits: Int) -> Int? {
      guard rest.count >= digits, let number = decimalNumber(rest.prefix(digits)) else { return nil }
      rest.removeFirst(digits)
      return Int(number)
    }

    /// Microseconds after an optional point.
    mutating func fraction() -> Int? {
      guard take(".") else { return 0 }
      let digits = rest.prefix { (48...57).contains($0) }
      guard (1...9).contains(digits.count) else { return nil }
      rest.removeFirst(digits.count)
      return decimalNumber((Array(digits) + Array(repeating: 48, count: 5)).prefix(6)).map { Int($0) }
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
      if take("Z") || take("z") { return 0 }
      let sign = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
      else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}

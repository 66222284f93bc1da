import Testing
import Vocabulary

@Suite struct TimeTests {
  @Test(
    "The vectors of RFC 23 parse",
    arguments: [
      ("2ms", 2_000), ("0.1s", 100_000), ("30", 30_000_000), ("1.2h", 4_320_000_000), ("5m", 300_000_000),
      ("0s", 0),
      ("5d", 432_000_000_000), ("inf", .max), ("INF", .max), ("infinity", .max), ("90m", 5_400_000_000),
      ("1.5h", 5_400_000_000), ("500ms", 500_000), (".5", 500_000), ("5.", 5_000_000), ("1e3", 1_000_000_000),
      ("1E-3s", 1_000), ("0.0001ms", 1), ("0", 0), ("106751991d", 9_223_372_022_400_000_000),
    ] as [(String, Int64)])
  func durations(text: String, microseconds: Int64) throws {
    #expect(try TimeSpan(fsd: text).microseconds == microseconds)
    #expect(try TimeSpan(fsd: TimeSpan(fsd: text).fsd).microseconds == microseconds)
  }

  @Test(
    "What is not a duration is refused with its reason",
    arguments: [
      ("1h30m", .malformed), ("", .malformed), (" 1", .malformed), ("1 s", .malformed), ("s", .malformed),
      ("nan", .malformed), ("NaN", .malformed), ("-1", .negative), ("-0.5h", .negative), ("-inf", .malformed),
      ("+1", .malformed), ("1x", .unknownUnit), ("1S", .unknownUnit), ("1min", .unknownUnit),
      ("infs", .malformed),
      ("inf s", .malformed), ("0x10", .malformed), ("1e999", .tooLong), ("1e18", .tooLong),
      ("1e300d", .tooLong),
      ("106751992d", .tooLong), ("1,5", .malformed), (".", .malformed), ("1..5", .malformed),
      ("1e", .unknownUnit),
      ("9223372036854775807", .tooLong), (String(repeating: "9", count: 1000), .malformed),
      ("1\u{0}", .malformed),
      ("١", .malformed), ("1e5e5", .malformed),
    ] as [(String, TimeSpan.ParsingError)])
  func refusedDurations(text: String, error: TimeSpan.ParsingError) {
    #expect(throws: error) { try TimeSpan(fsd: text) }
  }

  @Test(
    "Durations are written in the largest unit that divides them",
    arguments: [
      (5_400_000_000, "90m"), (3_600_000_000, "1h"), (86_400_000_000, "1d"), (1_500_000, "1500ms"),
      (1, "0.001ms"),
      (1_250, "1.25ms"), (0, "0s"), (.max, "inf"), (-60_000_000, "-1m"), (61_000_000, "61s"),
    ] as [(Int64, String)])
  func writtenDurations(microseconds: Int64, text: String) {
    #expect(TimeSpan(microseconds: microseconds).fsd == text)
  }

  @Test("Seconds in JSON are a span, or nothing: never a trap")
  func spansInJSON() {
    #expect(JSONValue.integer(90).span == .seconds(90))
    #expect(JSONValue.real(0.5).span == TimeSpan(microseconds: 500_000))
    #expect(JSONValue.string("1.5m").span == .seconds(90))
    let wrong: [JSONValue] = [
      .integer(.max), .integer(.min), .integer(-1), .real(1e300), .real(-0.5), .string("1x"), .string(""), .null,
      .bool(true), .array([]),
    ]
    for value in wrong { #expect(value.span == nil, "\(value)") }
  }

  @Test("Every length below 35 years reads back exactly")
  func durationRoundTrips() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    for _ in 0..<5000 {
      let span = TimeSpan(microseconds: Int64(random.next() >> UInt64.random(in: 14..<64, using: &random)))
      #expect(try TimeSpan(fsd: span.fsd) == span, "seed \(seed), \(span.fsd)")
    }
  }

  @Test(
    "RFC 3339 texts parse, and render with microseconds in UTC",
    arguments: [
      ("2026-11-23T03:08:00.123456Z", "2026-11-23T03:08:00.123456Z", 1_795_403_280_123_456),
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", 0),
      ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", -1),
      ("2000-02-29T12:00:00.5+01:30", "2000-02-29T10:30:00.500000Z", 951_820_200_500_000),
      ("1985-04-12t23:20:50.52z", "1985-04-12T23:20:50.520000Z", 482_196_050_520_000),
      ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000000Z", 662_688_000_000_000),
      ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000000Z", 662_688_000_000_000),
      ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
      ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] as [(String, String, Int64)])
  func timestamps(text: String, rendered: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text) == Timestamp(microseconds: microseconds))
    #expect(Timestamp(microseconds: microseconds).rfc3339 == rendered)
  }

  @Test(
    "What is not RFC 3339 is refused",
    arguments: [
      "", "2026-11-23", "2026-11-23 03:08:00Z", "2026-11-23T03:08:00", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:60Z",
      "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+24:00",
      "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Zx", "+026-01-01T00:00:00Z", "20266-01-01T00:00:00Z",
      "2026-1-01T00:00:00Z", "2026-01-01T00:00:00.123456789+01:00extra", "1795403280", "2026-01-01T00:00:0٠Z",
    ])
  func refusedTimestamps(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

  @Test("Every day of a thousand years reads back, and days follow each other")
  func everyDay() {
    var before = ""
    for day in -200_000..<200_000 as Range<Int64> where day % 7 == 0 || day < -190_000 {
      let moment = Timestamp(microseconds: day * 86_400_000_000 + 1)
      let text = moment.rfc3339
      #expect(Timestamp(rfc3339: text) == moment && before < text)
      before = text
    }
  }

  @Test("Moments that RFC 3339 cannot write become the nearest that it can")
  func clamped() {
    #expect(Timestamp(microseconds: .max).rfc3339 == "9999-12-31T23:59:59.999999Z")
    #expect(Timestamp(microseconds: .min).rfc3339 == "0000-01-01T00:00:00.000000Z")
  }
}

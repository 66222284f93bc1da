import Testing
import Vocabulary

@Suite struct AmountTests {
  @Test(
    "Quantities parse exactly",
    arguments: [
      ("0", 0), ("1", 1_000), ("1500m", 1_500), ("1.5", 1_500), ("0.001", 1), ("512M", 512_000_000_000),
      ("2Gi", 2_147_483_648_000), ("1.5Gi", 1_610_612_736_000), ("0.5k", 500_000), ("1Ki", 1_024_000),
      ("0m", 0),
      ("1.000", 1_000), ("0.000000001E", 1_000_000_000_000), ("9223372036854775807m", .max),
      ("9223372036854775.807", .max), ("8Pi", 9_007_199_254_740_992_000),
    ] as [(String, Int64)])
  func parses(text: String, thousandths: Int64) {
    #expect(Amount(parsing: text)?.thousandths == thousandths)
    #expect(Amount(parsing: Amount(thousandths: thousandths).text)?.thousandths == thousandths)
  }

  @Test(
    "What is not a quantity, or not exactly one, is refused",
    arguments: [
      "", "m", "-1", "+1", " 1", "1 ", "1.", ".5", "1.5m", "0.0005", "1.2345", "01", "1e3", "1K", "1kB",
      "1gi", "1GI",
      "1i", "9223372036854775808m", "9223372036854776", "10Ei", "1E", "99999999999999999999", "0x1", "1,5",
      "nan", "inf",
      "1.5.5", "١", "1\u{0}", String(repeating: "0", count: 100),
    ])
  func refused(text: String) { #expect(Amount(parsing: text) == nil) }

  @Test("Amounts are written with the decimals they need")
  func written() {
    #expect(Amount(thousandths: 1_500).text == "1.5" && Amount(thousandths: 2_000).text == "2")
    #expect(
      Amount(thousandths: -1).text == "-0.001" && Amount(thousandths: .min).text == "-9223372036854775.808")
  }
}

extension Amount {
  /// Longest text that is looked at: 19 digits, a point and a suffix.
  private static let textLimit = 24

  /// Parses a quantity such as `4`, `1.5`, `1500m`, `512M` or `2Gi`.
  ///
  /// Suffixes are those of Kubernetes: `m` thousandths, `k M G T P E` powers of 1,000, `Ki Mi Gi Ti Pi Ei` powers of
  /// 1,024. `nil` for signs, white space, needless leading zeros, anything finer than a thousandth (no rounding
  /// happens), and what does not fit in 63 bits of thousandths.
  public init?(parsing text: some StringProtocol) {
    let bytes = Array(text.utf8.prefix(Self.textLimit + 1))
    guard bytes.count <= Self.textLimit else { return nil }
    let whole = bytes.prefix { (48...57).contains($0) }
    var fraction: ArraySlice<UInt8> = []
    var end = whole.endIndex
    if end < bytes.endIndex, bytes[end] == UInt8(ascii: ".") {
      fraction = bytes[(end + 1)...].prefix { (48...57).contains($0) }
      guard !fraction.isEmpty else { return nil }
      end = fraction.endIndex
    }
    guard strictDecimalNumber(whole) != nil, let mantissa = decimalNumber(whole + fraction),
      let unit = Self.thousandths(ofUnit: String(decoding: bytes[end...], as: UTF8.self))
    else { return nil }
    let (product, overflow) = UInt128(mantissa).multipliedReportingOverflow(by: UInt128(unit))
    let divisor = fraction.reduce(UInt128(1)) { power, _ in power * 10 }
    guard !overflow, product % divisor == 0, let thousandths = Int64(exactly: product / divisor) else {
      return nil
    }
    self.init(thousandths: thousandths)
  }

  private static func thousandths(ofUnit suffix: String) -> UInt128? {
    switch suffix {
    case "m": 1
    case "": 1_000
    case "k": 1_000_000
    case "M": 1_000_000_000
    case "G": 1_000_000_000_000
    case "T": 1_000_000_000_000_000
    case "P": 1_000_000_000_000_000_000
    case "E": 1_000_000_000_000_000_000_000
    case "Ki": 1_000 << 10
    case "Mi": 1_000 << 20
    case "Gi": 1_000 << 30
    case "Ti": 1_000 << 40
    case "Pi": 1_000 << 50
    case "Ei": 1_000 << 60
    default: nil
    }
  }

  /// Units with up to three decimals, such as `1.5`; parses back as the same amount unless it is negative.
  public var text: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `text`, which is also a JSON number.
  public func append(to bytes: inout [UInt8]) {
    if thousandths < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes.appendDecimal(thousandths.magnitude / 1_000)
    let rest = thousandths.magnitude % 1_000
    guard rest > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    bytes.appendDecimal(rest, width: 3)
    while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
  }
}

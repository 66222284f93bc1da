/// Cuts comma-separated values that arrive in pieces into rows.
///
/// - Source: RFC 4180: a field between quotes may hold commas, line ends, and quotes written twice.
struct CSVRows {
  private var row: [String] = []
  private var field: [UInt8] = []
  private var isQuoted = false
  /// A quote came inside of a quoted field: its end, or half of a quote.
  private var sawQuote = false

  /// The rows that `bytes` complete.
  mutating func take(_ bytes: Span<UInt8>) -> [[String]] {
    var rows: [[String]] = []
    for index in bytes.indices {
      let byte = bytes[index]
      if sawQuote {
        sawQuote = false
        if byte == UInt8(ascii: "\"") {
          field.append(byte)
          continue
        }
        isQuoted = false
      }
      switch byte {
      case UInt8(ascii: "\""): if isQuoted { sawQuote = true } else { isQuoted = true }
      case _ where isQuoted: field.append(byte)
      case UInt8(ascii: ","): endField()
      case UInt8(ascii: "\n"):
        if field.last == UInt8(ascii: "\r") { field.removeLast() }
        endField()
        rows.append(row)
        row = []
      default: field.append(byte)
      }
    }
    return rows
  }

  private mutating func endField() {
    row.append(String(decoding: field, as: UTF8.self))
    field.removeAll(keepingCapacity: true)
  }
}

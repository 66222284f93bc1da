import Testing

@testable import APIClient

@Suite("Comma-separated values") struct CSVRowsTests {
  private static let text = "a,b\r\n1,\"two, \"\"2\"\"\r\nlines\"\r\n,\r\n\"\",x\n"
  private static let rows = [["a", "b"], ["1", "two, \"2\"\r\nlines"], ["", ""], ["", "x"]]

  @Test("are the same rows however they are cut", arguments: 1...9)
  func pieces(_ size: Int) {
    var rows = CSVRows()
    var found: [[String]] = []
    let bytes = Array(Self.text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      found += rows.take(Array(bytes[start..<min(bytes.count, start + size)]).span)
    }
    #expect(found == Self.rows)
  }
}

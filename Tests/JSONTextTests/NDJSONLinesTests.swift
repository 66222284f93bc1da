import JSONText
import Testing

@Suite struct NDJSONLinesTests {
  /// Number and text of each line, when the body arrives in chunks of this size.
  private func lines(_ body: String, chunk: Int, maximum: Int = 100) throws -> [String] {
    var splitter = NDJSONLines(maximumLineBytes: maximum)
    var result: [String] = []
    func drain() throws {
      while let line = try splitter.next() {
        result.append("\(line.number):\(String(decoding: line.bytes, as: UTF8.self))")
      }
    }
    let body = Array(body.utf8)
    for start in stride(from: 0, to: body.count, by: chunk) {
      splitter.append(body[start..<min(start + chunk, body.count)])
      try drain()
    }
    splitter.finish()
    try drain()
    return result
  }

  @Test("Lines are the same however the body is cut", arguments: 1...12)
  func chunks(size: Int) throws {
    #expect(
      try lines("{}\n[1]\r\n\n \t\n{\"a\":1}\nlast", chunk: size) == [
        "1:{}", "2:[1]", "5:{\"a\":1}", "6:last",
      ])
    #expect(try lines("a\n", chunk: size) == ["1:a"])
    #expect(try lines("a\r\n\r\nb\r", chunk: size) == ["1:a", "3:b"])
    #expect(try lines("", chunk: size).isEmpty)
    #expect(try lines("\n\n \n", chunk: size).isEmpty)
  }

  @Test("A line as long as allowed passes, one byte more is refused with its number", arguments: 1...12)
  func tooLong(size: Int) throws {
    let longest = String(repeating: "x", count: 10)
    #expect(try lines("a\n\(longest)\r\n\(longest)", chunk: size, maximum: 10).count == 3)
    for body in ["a\n\(longest)x\nb", "a\n\(longest)x", "a\n\(longest)x\r\n"] {
      let error = #expect(throws: NDJSONLines.LineTooLong.self) { try lines(body, chunk: size, maximum: 10) }
      #expect(error == NDJSONLines.LineTooLong(number: 2, maximumBytes: 10))
    }
  }

  @Test("After a line that is too long nothing more is given")
  func staysRefused() {
    var splitter = NDJSONLines(maximumLineBytes: 2)
    splitter.append(Array("xxx\nok\n".utf8))
    for _ in 0..<3 { #expect(throws: NDJSONLines.LineTooLong.self) { try splitter.next() } }
  }

  @Test("Endless bytes without a newline are refused as soon as they pass the limit")
  func endless() throws {
    var splitter = NDJSONLines(maximumLineBytes: 1_000)
    let chunk = [UInt8](repeating: 0x78, count: 100)
    var accepted = 0
    #expect(throws: NDJSONLines.LineTooLong.self) {
      for _ in 0..<1_000 {
        splitter.append(chunk)
        accepted += 1
        _ = try splitter.next()
      }
    }
    #expect(accepted == 11)
  }
}

import APIClient

/// What stands between the inputs of a file. Inputs that are empty do not count.
struct InputSeparator {
  /// Empty: blanks, tabs and line ends, as many as there are.
  private let bytes: [UInt8]

  /// - Parameter text: as it was typed; `\n`, `\t`, `\r`, `\0` and `\\` stand for what they do in C, `none` for blanks.
  init(_ text: String) {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let next = rest.first, let meant = Self.escapes[next] {
        rest.removeFirst()
        bytes.append(meant)
      } else {
        bytes.append(byte)
      }
    }
    self.bytes = text.lowercased() == "none" ? [] : bytes
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "0"): 0,
    UInt8(ascii: "\\"): UInt8(ascii: "\\"),
  ]

  /// - Parameter name: of the file, for whoever reads about a fault.
  func inputs(in content: [UInt8], of name: String) throws(ClientError) -> [String] {
    var inputs: [String] = []
    var rest = content[...]
    while !rest.isEmpty {
      var piece = bytes.count == 1 ? rest.prefix { $0 != bytes[0] } : rest[..<end(in: rest)]
      rest = rest.dropFirst(piece.count + max(1, bytes.count))
      // Lines of files that other systems wrote.
      if bytes == [10], piece.last == 13 { piece.removeLast() }
      if piece.isEmpty { continue }
      guard let input = String(validating: piece, as: UTF8.self) else {
        throw ClientError("\(name): input \(inputs.count + 1) is not UTF-8 text.")
      }
      guard !piece.contains(0) else {
        throw ClientError("\(name): input \(inputs.count + 1) holds a zero byte.", advice: "See --sep.")
      }
      inputs.append(input)
    }
    return inputs
  }

  /// Where the next separator begins.
  private func end(in rest: ArraySlice<UInt8>) -> Int {
    if bytes.isEmpty { return rest.firstIndex { $0 == 32 || (9...13).contains($0) } ?? rest.endIndex }
    var start = rest.startIndex
    while let found = rest[start...].firstIndex(of: bytes[0]) {
      if rest[found...].starts(with: bytes) { return found }
      start = found + 1
    }
    return rest.endIndex
  }
}

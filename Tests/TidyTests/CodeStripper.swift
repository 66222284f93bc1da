/// Blanks what is not code: comments, and what string literals hold. Line breaks stay.
///
/// Interpolations count as text. Regular-expression literals are not known: the house has none.
struct CodeStripper {
  private enum State {
    case code
    case lineComment
    case blockComment(depth: Int)
    /// `parentheses`: how deep inside an interpolation.
    case text(hashes: Int, isMultiline: Bool, parentheses: Int)
  }

  private let bytes: [UInt8]
  private var index = 0
  private var state = State.code
  private var output: [UInt8] = []

  private init(_ text: String) {
    bytes = Array(text.utf8)
    output.reserveCapacity(bytes.count)
  }

  static func strip(_ text: String) -> String {
    var stripper = CodeStripper(text)
    while stripper.index < stripper.bytes.count { stripper.step() }
    return String(decoding: stripper.output, as: UTF8.self)
  }

  private func hasNext(_ text: String, at offset: Int = 0) -> Bool {
    let wanted = Array(text.utf8)
    return index + offset + wanted.count <= bytes.count
      && bytes[(index + offset)..<(index + offset + wanted.count)].elementsEqual(wanted)
  }

  private mutating func keep(_ count: Int = 1) {
    output += bytes[index..<index + count]
    index += count
  }

  private mutating func blank(_ count: Int = 1) {
    for byte in bytes[index..<index + count] { output.append(byte == 10 ? 10 : 32) }
    index += count
  }

  private mutating func step() {
    switch state {
    case .code: stepInCode()
    case .lineComment:
      if bytes[index] == 10 { state = .code }
      blank()
    case .blockComment(let depth): stepInComment(depth)
    case .text(let hashes, let isMultiline, let parentheses):
      stepInText(String(repeating: "#", count: hashes), isMultiline, parentheses)
    }
  }

  private mutating func stepInCode() {
    if hasNext("//") {
      state = .lineComment
      return
    }
    if hasNext("/*") {
      state = .blockComment(depth: 1)
      return blank(2)
    }
    let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
    guard hasNext("\"", at: hashes) else { return keep() }
    let isMultiline = hasNext("\"\"\"", at: hashes)
    keep(hashes + (isMultiline ? 3 : 1))
    state = .text(hashes: hashes, isMultiline: isMultiline, parentheses: 0)
  }

  private mutating func stepInComment(_ depth: Int) {
    if hasNext("*/") {
      state = depth == 1 ? .code : .blockComment(depth: depth - 1)
      return blank(2)
    }
    if hasNext("/*") {
      state = .blockComment(depth: depth + 1)
      return blank(2)
    }
    blank()
  }

  private mutating func stepInText(_ hashes: String, _ isMultiline: Bool, _ parentheses: Int) {
    let end = (isMultiline ? "\"\"\"" : "\"") + hashes
    func inside(_ parentheses: Int) -> State {
      .text(hashes: hashes.utf8.count, isMultiline: isMultiline, parentheses: parentheses)
    }
    if parentheses > 0 {
      if hasNext("(") { state = inside(parentheses + 1) }
      if hasNext(")") { state = inside(parentheses - 1) }
      return blank()
    }
    if hasNext("\\" + hashes + "(") {
      state = inside(1)
      return blank(2 + hashes.utf8.count)
    }
    if hashes.isEmpty, hasNext("\\"), index + 1 < bytes.count { return blank(2) }
    guard hasNext(end) else { return blank() }
    keep(end.utf8.count)
    state = .code
  }
}

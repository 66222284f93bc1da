/// Finds functions and how many lines each has, by keyword and indentation: the formatter keeps both regular.
enum FunctionScanner {
  struct Function: Sendable {
    let line: Int
    let length: Int
    let name: String
  }

  /// Lines that a signature may take until its body opens.
  private static let longestSignature = 16

  static func functions(in file: SourceFile) -> [Function] {
    file.codeLines.indices.compactMap { start in
      let line = file.codeLines[start]
      guard isDeclaration(line), let open = bodyOpening(file.codeLines, start),
        let end = file.codeLines[(open + 1)...].firstIndex(where: { closes($0, indent: indent(line)) })
      else { return nil }
      let name = file.lines[start].drop { $0 == " " }.prefix(60)
      return Function(line: start + 1, length: end - start + 1, name: String(name))
    }
  }

  private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }

  private static func closes(_ line: String, indent wanted: Int) -> Bool {
    indent(line) == wanted && line.dropFirst(wanted).first == "}"
  }

  private static func isDeclaration(_ line: String) -> Bool {
    let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" || $0 == "{" }
    if words.contains("func") { return true }
    let first = words.first { !modifiers.contains($0) }
    return first == "init" || first == "deinit"
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "private", "fileprivate", "internal", "convenience", "required", "override",
    "consuming",
    "borrowing", "mutating", "static", "nonisolated", "@inlinable",
  ]

  /// The line whose end opens the body; `nil` for a requirement, or for a body on one line.
  private static func bodyOpening(_ lines: [String], _ start: Int) -> Int? {
    for index in start..<min(lines.count, start + longestSignature) {
      let line = lines[index]
      if index > start, indent(line) <= indent(lines[start]), !")]{".contains(line.first { $0 != " " } ?? ";") {
        return nil
      }
      let trimmed = line.reversed().drop { $0 == " " }.first
      if trimmed == "{" { return index }
      if line.contains("{"), trimmed == "}" { return nil }
    }
    return nil
  }
}

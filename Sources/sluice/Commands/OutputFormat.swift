import ArgumentParser
import Vocabulary

/// What `-o` says about each line: text with fields in braces, such as `{id} {user:<8} {cores:>4}`.
///
/// - Source: the format strings of flux-jobs(1), as far as fields, alignment and width go.
struct OutputFormat: Equatable {
  enum Part: Equatable {
    case text(String)
    case field(path: [String], width: Int, isRight: Bool, longest: Int?)
  }

  let parts: [Part]

  /// - Throws: a sentence for whoever wrote it.
  init(_ format: String) throws(ValidationError) {
    var parts: [Part] = []
    var rest = format[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
      let after = rest.index(after: open)
      guard let close = rest[after...].firstIndex(of: "}") else {
        throw ValidationError("'\(format)' has a '{' without its '}'.")
      }
      parts.append(try Self.field(rest[after..<close]))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.parts = parts
  }

  /// `name`, `name:>8`, `name:<8.8`: as Python writes it.
  private static func field(_ text: Substring) throws(ValidationError) -> Part {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let path = halves[0].split(separator: ".").map(String.init)
    guard !path.isEmpty else { throw ValidationError("A field between braces has a name, such as {id}.") }
    guard halves.count == 2 else { return .field(path: path, width: 0, isRight: false, longest: nil) }
    var layout = halves[1]
    let isRight = layout.first == ">"
    if let first = layout.first, "<>".contains(first) { layout.removeFirst() }
    let numbers = layout.split(separator: ".", omittingEmptySubsequences: false)
    let width = numbers[0].isEmpty ? 0 : Int(numbers[0])
    let longest = numbers.count == 2 ? Int(numbers[1]) : nil
    guard let width, (0...1_000).contains(width), numbers.count == 1 || numbers.count == 2 && (longest ?? -1) >= 0
    else {
      throw ValidationError("'{\(text)}' is no field: write {name}, {name:>8} or {name:<8.8}.")
    }
    return .field(path: path, width: width, isRight: isRight, longest: longest)
  }

  func line(_ json: JSONValue) -> String {
    var line = ""
    for part in parts {
      switch part {
      case .text(let text): line += text
      case .field(let path, let width, let isRight, let longest):
        let value = path.reduce(JSONValue?.some(json)) { $0?[$1] }
        var text = Terminal.harmless(JobTable.text(value))
        if let longest { text = String(text.prefix(longest)) }
        let blanks = String(repeating: " ", count: max(0, width - text.count))
        line += isRight ? blanks + text : text + blanks
      }
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// The names of the fields, above them.
  var header: String {
    let names = parts.map { part -> Part in
      guard case .field(let path, let width, let isRight, _) = part else { return part }
      return .field(path: [path.joined(separator: ".")], width: width, isRight: isRight, longest: nil)
    }
    var titles: JSONObject = [:]
    for case .field(let path, _, _, _) in names { titles[path[0]] = .string(path[0].uppercased()) }
    return Self(parts: names).line(.object(titles))
  }

  private init(parts: [Part]) { self.parts = parts }
}

import Glibc

/// Which of the caller's variables a job gets, and with which values.
///
/// Without rules: all but those that tell a process about a broker. Rules apply in the order given, as Flux's
/// do: `NAME=VALUE` sets, `-PATTERN` removes, `PATTERN` takes (again) from the caller; `*` and `?` match.
/// `^FILE` stands for the rules in a file.
/// - Source: flux-submit(1), "Environment".
struct EnvironmentRules {
  /// These tell a process which broker and which job it belongs to; a job gets its own.
  static let withheldPrefixes = ["SLUICE_", "FLUX_"]

  enum Rule: Equatable {
    case set(name: String, value: String)
    case remove(pattern: String)
    case take(pattern: String)
  }

  let rules: [Rule]

  /// - Throws: `MalformedRule` with the text that is none.
  init(_ texts: [String]) throws(MalformedRule) {
    var rules: [Rule] = []
    for text in texts { rules.append(try Self.rule(text)) }
    self.rules = rules
  }

  /// Like the other, where a rule `^FILE` stands for those that the file holds.
  ///
  /// - Parameter lines: the lines of a file.
  init(_ texts: [String], reading lines: (String) throws -> [String]) throws {
    var all: [String] = []
    for text in texts {
      guard text.hasPrefix("^") else {
        all.append(text)
        continue
      }
      // Blank lines and comments aside: files are for people.
      all += try lines(String(text.dropFirst())).map { $0.drop { $0 == " " || $0 == "\t" } }
        .filter { !$0.isEmpty && $0.first != "#" }.map(String.init)
    }
    try self.init(all)
  }

  struct MalformedRule: Error, CustomStringConvertible {
    let text: String
    var description: String { "'\(text)' is no environment rule: use NAME=VALUE, -PATTERN or PATTERN" }
  }

  private static func rule(_ text: String) throws(MalformedRule) -> Rule {
    if text.first == "-" {
      let pattern = String(text.dropFirst())
      guard !pattern.isEmpty, !pattern.contains("=") else { throw MalformedRule(text: text) }
      return .remove(pattern: pattern)
    }
    guard let equals = text.firstIndex(of: "=") else {
      // A file within a file would have to know where it ends.
      guard !text.isEmpty, text.first != "^" else { throw MalformedRule(text: text) }
      return .take(pattern: text)
    }
    guard equals != text.startIndex else { throw MalformedRule(text: text) }
    return .set(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
  }

  /// What the job gets of `caller`.
  func applied(to caller: [String: String]) -> [String: String] {
    let offered = caller.filter { name, _ in !Self.withheldPrefixes.contains { name.hasPrefix($0) } }
    var result = offered
    for rule in rules {
      switch rule {
      case .set(let name, let value): result[name] = value
      case .remove(let pattern): result = result.filter { !Self.matches($0.key, pattern) }
      case .take(let pattern):
        for (name, value) in offered where Self.matches(name, pattern) { result[name] = value }
      }
    }
    return result
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, name, 0) == 0
  }
}

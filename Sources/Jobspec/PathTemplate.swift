/// The path of an output file, in which `{{tag}}` stands for a fact about the job.
///
/// - Source: flux-submit(1), "MUSTACHE TEMPLATES"; this broker knows the tags that are known when a job starts.
public enum PathTemplate {
  /// `{{id}}`, `{{jobid}}` and `{{id.f58}}` are the id in ASCII F58, `{{id.dec}}` in decimal, `{{size}}` the number of
  /// tasks.
  public static let jobTags = ["id", "jobid", "id.f58", "id.dec", "name", "size"]
  /// What differs from task to task: its rank, thrice; its number on its node, twice; the number of its node.
  public static let taskTags = ["taskid", "task.id", "task.rank", "task.index", "task.localid", "node.id"]
  public static let tags = jobTags + taskTags

  private enum Part {
    case text(Substring)
    case tag(Substring)
  }

  /// Replaces each tag by what `value` gives for it; a value's `/` becomes `_`, so that it names no other
  /// place.
  ///
  /// - Parameter template: one that parsing accepted; unknown tags stay as they are.
  public static func expand(_ template: String, value: (_ tag: String) -> String?) -> String {
    guard let parts = split(template) else { return template }
    return parts.reduce(into: "") { path, part in
      switch part {
      case .text(let text): path += text
      case .tag(let tag): path += value(String(tag)).map(Self.asOneComponent) ?? "{{\(tag)}}"
      }
    }
  }

  private static func asOneComponent(_ text: String) -> String {
    text == "." || text == ".." ? "_" : String(text.map { $0 == "/" ? "_" : $0 })
  }

  /// What is wrong with a template, or `nil`.
  static func complaint(about template: String) -> String? {
    guard let parts = split(template) else { return "has a \"{{\" without its \"}}\"" }
    for part in parts {
      switch part {
      case .tag(let tag) where !tags.contains(String(tag)):
        return "has an unknown tag; known are \(tags.map { "{{\($0)}}" }.joined(separator: ", "))"
      case .text(let text) where text.contains("%"):
        return "must not contain \"%\": tags are written {{id}} here"
      default: break
      }
    }
    return nil
  }

  /// `nil` when a tag is not closed.
  private static func split(_ template: String) -> [Part]? {
    var parts: [Part] = []
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let afterOpen = after("{{", at: open, in: rest) {
      guard let (tag, afterClose) = tagBody(rest[afterOpen...]) else { return nil }
      parts.append(.text(rest[..<open]))
      parts.append(.tag(tag))
      rest = rest[afterClose...]
    }
    parts.append(.text(rest))
    return parts
  }

  private static func after(_ braces: String, at index: Substring.Index, in text: Substring) -> Substring
    .Index?
  {
    text[index...].hasPrefix(braces) ? text.index(index, offsetBy: 2) : nil
  }

  private static func tagBody(_ text: Substring) -> (tag: Substring, end: Substring.Index)? {
    guard let close = text.firstIndex(of: "}"), let end = after("}}", at: close, in: text) else { return nil }
    return (text[..<close], end)
  }
}

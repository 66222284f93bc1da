/// What of an input takes its place; named as in the place, `{.%}` for example.
///
/// - Source: flux-bulksubmit(1), by way of Python's `os.path`.
enum InputEdit: String {
  case whole = ""
  case withoutExtension = "%"
  case name = "/"
  case nameWithoutExtension = "/%"
  case folder = "//"

  func applied(to input: String) -> String {
    switch self {
    case .whole: input
    case .withoutExtension: Self.stem(input)
    case .name: Self.name(input)
    case .nameWithoutExtension: Self.name(Self.stem(input))
    case .folder: Self.folder(input)
    }
  }

  /// Dots that a name begins with begin no extension.
  private static func stem(_ path: String) -> String {
    let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
    guard let dot = name.lastIndex(of: "."), name[..<dot].contains(where: { $0 != "." }) else { return path }
    return String(path[..<dot])
  }

  private static func name(_ path: String) -> String {
    String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  /// Without the slashes at its end, unless there is nothing else.
  private static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    let folder = path[...slash]
    guard let end = folder.lastIndex(where: { $0 != "/" }) else { return String(folder) }
    return String(folder[...end])
  }
}

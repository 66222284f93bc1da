import APIClient
import Vocabulary

/// Keys, values and links as people read them.
enum KeyText {
  /// What a link names; with its namespace as Flux writes it, `namespace::key`.
  static func target(of link: JSONValue) -> String {
    let key = link["target"]?.string ?? "?"
    return link["namespace"]?.string.map { "\($0)::\(key)" } ?? key
  }

  /// What an item holds, on one line.
  static func summary(of item: JSONValue) -> String {
    switch item["kind"]?.string {
    case "directory": return item["keys"]?.integer.map { "(\($0) keys)" } ?? "(empty directory)"
    case "symlink": return "-> \(target(of: item))"
    default: break
    }
    if let text = item["value"]?.string { return oneLine(text) }
    let size = item["size"]?.integer.map { "\($0) bytes of " } ?? ""
    return "(\(size)\(item["media_type"]?.string ?? "something"))"
  }

  /// Line ends and tabs as they are written in programs.
  static func oneLine(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\\": result += "\\\\"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return Terminal.harmless(result)
  }

  /// Cut to what a terminal's line takes.
  static func fitted(_ line: String, to terminal: Terminal) -> String {
    guard terminal.isTerminal, line.count > terminal.width else { return line }
    return String(line.prefix(max(8, terminal.width) - 1)) + "…"
  }
}

import Vocabulary

/// The members of an object as `name  value` lines.
enum PropertyList {
  /// Members of inner objects are named `outer.inner`; what is null is left out.
  static func lines(_ json: JSONValue, terminal: Terminal) -> [String] {
    var pairs: [(String, String)] = []
    collect(json, "", into: &pairs)
    let width = pairs.map(\.0.count).max() ?? 0
    return pairs.map { name, value in
      let blanks = String(repeating: " ", count: width - name.count + 2)
      return terminal.styled(Terminal.harmless(name), .dim) + blanks + Terminal.harmless(value)
    }
  }

  private static func collect(_ json: JSONValue, _ prefix: String, into pairs: inout [(String, String)]) {
    switch json {
    case .object(let object):
      for member in object.members {
        collect(member.value, prefix.isEmpty ? member.name : "\(prefix).\(member.name)", into: &pairs)
      }
    case .null: break
    default: pairs.append((prefix, JobTable.text(json)))
    }
  }
}

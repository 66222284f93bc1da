public import ResourceGraph
import Vocabulary

extension Recipe {
  /// The fragment as text, which reads back as the same fragment.
  public static func text(of fragment: Fragment) -> String {
    var text = ""
    append(fragment, to: &text)
    return text
  }

  private static func append(_ fragment: Fragment, to text: inout String) {
    text += fragment.type
    if fragment.count > 1 { text += "=\(fragment.count)" }
    let items = items(of: fragment)
    if !items.isEmpty { text += "{" + items.map { "\($0.0):\(quoted($0.1))" }.joined(separator: ",") + "}" }
    guard let first = fragment.children.first else { return }
    text += "/"
    guard fragment.children.count > 1 else { return append(first, to: &text) }
    for (index, child) in fragment.children.enumerated() {
      text += index == 0 ? "[" : ";"
      append(child, to: &text)
    }
    text += "]"
  }

  private static func items(of fragment: Fragment) -> [(String, String)] {
    var items: [(String, String)] = []
    if let names = fragment.names { items.append(("names", names.description)) }
    if let basename = fragment.basename { items.append(("basename", basename)) }
    if let id = fragment.firstID { items.append(("id", String(id))) }
    if let rank = fragment.firstRank { items.append(("rank", String(rank))) }
    if fragment.size != .one { items.append(("size", fragment.size.text)) }
    if !fragment.unit.isEmpty { items.append(("unit", fragment.unit)) }
    if fragment.status == .down { items.append(("status", "down")) }
    for property in fragment.properties { items.append(("property", ResourceSet.name(of: property))) }
    if !fragment.cpus.isEmpty { items.append(("cpus", Idset(fragment.cpus).description)) }
    return items
  }

  /// In quotes where the text holds a mark of the recipe's own outside of brackets.
  private static func quoted(_ value: String) -> String {
    var isInBrackets = false
    var isPlain = !value.isEmpty
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "]"):
        isPlain = isPlain && isInBrackets == (byte == UInt8(ascii: "]"))
        isInBrackets.toggle()
      case UInt8(ascii: ","): isPlain = isPlain && isInBrackets
      case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0...0x20, 0x7F...0xFF:
        isPlain = false
      default: break
      }
    }
    if isPlain, !isInBrackets { return value }
    return JSONValue.string(value).jsonText
  }
}

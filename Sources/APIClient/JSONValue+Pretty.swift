public import Vocabulary

extension JSONValue {
  /// JSON text for people: two blanks a level, no line end after it.
  public var prettyText: String {
    var text = ""
    render(into: &text, depth: 0)
    return text
  }

  private func render(into text: inout String, depth: Int) {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      Self.list(elements, "[", "]", into: &text, depth) { element, text in
        element.render(into: &text, depth: depth + 1)
      }
    case .object(let object) where !object.isEmpty:
      Self.list(object.members, "{", "}", into: &text, depth) { member, text in
        text += JSONValue.string(member.name).jsonText + ": "
        member.value.render(into: &text, depth: depth + 1)
      }
    default: text += jsonText
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, into text: inout String, _ depth: Int,
    _ render: (Element, inout String) -> Void
  ) {
    text += open
    for (index, element) in elements.enumerated() {
      text += (index > 0 ? ",\n" : "\n") + String(repeating: " ", count: 2 * (depth + 1))
      render(element, &text)
    }
    text += "\n" + String(repeating: " ", count: 2 * depth) + close
  }
}

public import Vocabulary

/// Documents as Swift writes them, for tests that make many.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
  ExpressibleByNilLiteral
{
  public init(stringLiteral text: String) { self = .string(text) }
  public init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(JSONObject(uniqueMembers: members.map { JSONObject.Member(name: $0.0, value: $0.1) }))
  }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(nilLiteral: ()) { self = .null }
}

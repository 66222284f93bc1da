import APIClient
import Testing
import Vocabulary

@Suite("Pretty JSON")
struct PrettyJSONTests {
  @Test("Two blanks a level; empty containers stay on one line; names are escaped")
  func layout() {
    let json: JSONValue = .object(["a\"": .array([.integer(1), .object([:])]), "b": .array([]), "c": .null])
    #expect(
      json.prettyText == """
        {
          "a\\"": [
            1,
            {}
          ],
          "b": [],
          "c": null
        }
        """)
  }
}

import Testing

@testable import Messaging

@Suite struct TopicNameTests {
  @Test(
    "A topic is words joined by dots",
    arguments: [
      ("a", true), ("sim.run-7.done_", true), ("A.9", true), (String(repeating: "x", count: 255), true),
      (Array(repeating: "a", count: 16).joined(separator: "."), true),
      ("", false), (".", false), ("a.", false), (".a", false), ("a..b", false),
      ("a.*", false), ("a b", false), ("ä", false), ("a/b", false), ("a@b", false), ("a[b", false),
      (Array(repeating: "a", count: 17).joined(separator: "."), false), (String(repeating: "x", count: 256), false),
    ])
  func isTopic(_ text: String, _ isTopic: Bool) {
    #expect((TopicName(text) != nil) == isTopic)
  }

  @Test(
    "A pattern's asterisk is one segment, and at the end one or more",
    arguments: [
      ("a.b", "a.b", true), ("a.b", "a", false), ("a.b", "a.b.c", false), ("*", "a", true), ("*", "a.b.c", true),
      ("a.*", "a", false), ("a.*", "a.b", true), ("a.*", "a.b.c", true), ("a.*", "b.b", false),
      ("*.done", "sim.done", true), ("*.done", "done", false), ("*.done", "a.b.done", false),
      ("a.*.c", "a.b.c", true), ("a.*.c", "a.b.b.c", false), ("a.*.*", "a.b", false), ("a.*.*", "a.b.c.d", true),
    ])
  func matches(_ pattern: String, _ topic: String, _ matches: Bool) throws {
    #expect(try #require(TopicPattern(pattern)).matches(try #require(TopicName(topic))) == matches)
  }

  @Test("An asterisk inside a word makes no pattern", arguments: ["a*", "**", "a.*b", "", "*.", "a..*"])
  func isNoPattern(_ text: String) {
    #expect(TopicPattern(text) == nil)
  }

  @Test("A service is a word that may hold dots")
  func serviceNames() {
    for text in ["a", "sum.v2", "A_-.9", String(repeating: "x", count: 64)] {
      #expect(ServiceName(text, in: 1) != nil, "\(text)")
    }
    for text in ["", "a b", "a/b", "ä", "a*", String(repeating: "x", count: 65)] {
      #expect(ServiceName(text, in: 1) == nil, "\(text)")
    }
    #expect(ServiceName("a", in: 1) != ServiceName("a", in: 2))
    #expect(ServiceName.isCallName("a-1_B") && !ServiceName.isCallName("a.b") && !ServiceName.isCallName(""))
  }
}

import KeyValues
import Testing
import Vocabulary

@Suite struct KeyTests {
  private func fault(_ text: String) -> KeyError? {
    do {
      _ = try Key(text)
      return nil
    } catch { return error }
  }

  @Test(
    "What is no key says why",
    arguments: [
      ("", KeyError.empty), (".", .emptySegment), ("..", .emptySegment), (".a", .emptySegment),
      ("a.", .emptySegment), ("a..b", .emptySegment), ("a//b", .forbiddenByte(0x2F)), ("/a", .forbiddenByte(0x2F)),
      ("a/./b", .forbiddenByte(0x2F)), ("a\\b", .forbiddenByte(0x5C)), ("a\0b", .forbiddenByte(0)),
      ("a\nb", .forbiddenByte(0x0A)), ("\u{1B}", .forbiddenByte(0x1B)), ("\u{7F}", .forbiddenByte(0x7F)),
      (String(repeating: "k", count: 1_025), .tooLong(bytes: 1_025)),
      (Array(repeating: "s", count: 33).joined(separator: "."), .tooManySegments(33)),
    ])
  func refused(_ text: String, _ expected: KeyError) {
    #expect(fault(text) == expected)
  }

  @Test("Bytes that are not UTF-8 are refused", arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [97, 0x80]])
  func notUTF8(_ bytes: [UInt8]) {
    #expect(throws: KeyError.notUTF8) { try Key(utf8: bytes) }
  }

  @Test(
    "Anything else is kept byte for byte",
    arguments: [
      "a", "a.b.c", "a b", "é", "e\u{301}", "a'; DROP TABLE kvs--", "a%25b", "a_b", "*", "[a]", "?",
      String(repeating: "k", count: 1_024), Array(repeating: "s", count: 32).joined(separator: "."), "\u{10FFFF}",
    ])
  func kept(_ text: String) throws {
    let key = try Key(text)
    #expect(Array(key.text.utf8) == Array(text.utf8))
    #expect(key.segments.joined(separator: ".") == text)
    var writer = PackedWriter()
    key.pack(into: &writer)
    var reader = PackedReader(writer.bytes)
    #expect(try Key(unpacking: &reader) == key && reader.isAtEnd)
  }

  @Test("Composed and decomposed letters are different keys")
  func normalisation() throws {
    let (composed, decomposed) = (try Key("\u{E9}"), try Key("e\u{301}"))
    #expect(composed != decomposed)
  }

  @Test("Keys sort by segments, so that a directory stays together")
  func order() {
    let sorted = ["a", "a.b", "a.b.c", "a.c", "a!", "a-b", "ab", "b"].map(key)
    #expect(sorted.shuffled().sorted() == sorted)
    #expect(key("a").isAncestor(of: key("a.b.c")) && !key("a").isAncestor(of: key("ab")))
    #expect(!key("a").isAncestor(of: key("a")) && Key.root.isAncestor(of: key("a")))
    #expect(!Key.root.isAncestor(of: .root))
  }

  @Test("Parents lead to the root, and joining checks the limits again")
  func joining() throws {
    #expect(key("a.b").parent == key("a") && key("a").parent == .root && Key.root.parent == nil)
    #expect(try key("a").appending(key("b.c")) == key("a.b.c"))
    #expect(try Key.root.appending(key("a")) == key("a") && key("a").appending(.root) == key("a"))
    let long = key(String(repeating: "k", count: 600))
    #expect(throws: KeyError.tooLong(bytes: 1_201)) { try long.appending(long) }
    let deep = key(Array(repeating: "s", count: 20).joined(separator: "."))
    #expect(throws: KeyError.tooManySegments(40)) { try deep.appending(deep) }
  }

  @Test(
    "Packed bytes that are no key are refused",
    arguments: [[0], [97, 0], [0, 97], [97, 46, 98], [97, 0, 0, 98], [10], [0xFF], [97, 47], [97, 92], [127]])
  func packed(_ bytes: [UInt8]) {
    var writer = PackedWriter()
    writer.write(bytes)
    var reader = PackedReader(writer.bytes)
    #expect(throws: PackedError.self) { try Key(unpacking: &reader) }
  }

  @Test(
    "Names of namespaces are checked",
    arguments: [
      ("primary", true), ("job-ƒ12", false), ("job-f12.x_Y", true), ("", false), ("a b", false), (".a", false),
      ("-a", false), ("a..b", false), ("_a", true), ("0", true), (String(repeating: "n", count: 64), true),
      (String(repeating: "n", count: 65), false), ("a/b", false), ("a\0", false),
    ])
  func namespaceNames(_ text: String, _ isName: Bool) {
    #expect((NamespaceName(text)?.text == text) == isName)
  }
}

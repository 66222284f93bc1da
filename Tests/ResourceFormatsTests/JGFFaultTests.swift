import ResourceFormats
import ResourceGraph
import Testing

@Suite("What is wrong with a graph")
struct JGFFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let pointer: String
    var testDescription: String { new }

    init(_ old: String, _ new: String, _ pointer: String) { (self.old, self.new, self.pointer) = (old, new, pointer) }
  }

  /// One mistake each in the sample, and where it is to be told.
  static let cases = [
    // G06: ids and names.
    Case("{\"id\": \"1\"", "{\"id\": \"\"", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": \"\(String(repeating: "a", count: 129))\"", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": \"a/b\"", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": \"a\\nb\"", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": \"..\"", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": 1", "/graph/nodes/1/id"),
    Case("{\"id\": \"1\"", "{\"id\": \"0\"", "/graph/nodes/1/id"),
    Case("\"name\": \"rack0\"", "\"name\": \"..\"", "/graph/nodes/1/metadata/name"),
    Case("\"name\": \"rack0\"", "\"name\": \"ra:ck\"", "/graph/nodes/1/metadata/name"),
    // G07: types.
    Case("\"type\": \"rack\"", "\"type\": \"\"", "/graph/nodes/1/metadata/type"),
    Case("\"type\": \"rack\"", "\"type\": \"\(String(repeating: "a", count: 65))\"", "/graph/nodes/1/metadata/type"),
    Case("\"type\": \"rack\"", "\"type\": \"a b\"", "/graph/nodes/1/metadata/type"),
    Case("\"type\": \"rack\"", "\"type\": \"a\\u0007\"", "/graph/nodes/1/metadata/type"),
    Case("\"type\": \"rack\",", "", "/graph/nodes/1/metadata/type"),
    // G08: sizes.
    Case("\"size\": 2,", "\"size\": 0,", "/graph/nodes/4/metadata/size"),
    Case("\"size\": 2,", "\"size\": -1,", "/graph/nodes/4/metadata/size"),
    Case("\"size\": 2,", "\"size\": 1.5,", "/graph/nodes/4/metadata/size"),
    Case("\"size\": 2,", "\"size\": \"4\",", "/graph/nodes/4/metadata/size"),
    Case("\"size\": 2,", "\"size\": 10000000000000,", "/graph/nodes/4/metadata/size"),
    Case("\"size\": 2,", "\"size\": 1e3,", "/graph/nodes/4/metadata/size"),
    // G10 to G14: edges and roots.
    Case("\"target\": \"5\"", "\"target\": \"99\"", "/graph/edges/4/target"),
    Case("\"target\": \"5\"", "\"target\": \"3\"", "/graph/edges/4"),
    Case("\"source\": \"3\", \"target\": \"5\"", "\"source\": \"2\", \"target\": \"4\"", "/graph/edges/4"),
    Case("\"source\": \"3\", \"target\": \"5\"", "\"source\": \"3\", \"target\": \"4\"", "/graph/edges/4"),
    Case("\"source\": \"0\", \"target\": \"1\"", "\"source\": \"4\", \"target\": \"1\"", "/graph/nodes/1"),
    Case(
      "\"source\": \"0\", \"target\": \"1\"", "\"source\": \"4\", \"target\": \"0\"",
      "/graph/nodes/1/metadata/paths/containment"),
    Case(
      ",\n  {\"source\": \"3\", \"target\": \"5\", \"metadata\": {\"subsystem\": \"containment\"}}", "",
      "/graph/nodes/5"),
    // G28: shapes.
    Case("\"nodes\": [", "\"nodes\": {}, \"more\": [", "/graph/nodes"),
    Case("\"edges\"", "\"edge\"", "/graph/edges"),
    Case("\"metadata\": {\"subsystem\": \"containment\"}}\n", "\"metadata\": null}", "/graph/edges/4/metadata"),
    Case("\"rank\": 1,", "\"rank\": \"1\",", "/graph/nodes/3/metadata/rank"),
    Case("\"rank\": 1,", "\"rank\": 0,", "/graph/nodes/3/metadata/rank"),
    Case("\"rank\": 1,", "\"status\": 2,", "/graph/nodes/3/metadata/status"),
    Case("\"rank\": 1, \"exclusive\": false", "\"exclusive\": null", "/graph/nodes/3/metadata/exclusive"),
    // G29: paths.
    Case("/tiny0/rack0/node1\"", "/tiny0/rack1/node1\"", "/graph/nodes/3/metadata/paths/containment"),
    Case("/tiny0/rack0/node1\"", "/tiny0/rack0/node2\"", "/graph/nodes/3/metadata/paths/containment"),
    Case("/tiny0/rack0/node1\"", "/tiny0/../node1\"", "/graph/nodes/3/metadata/paths/containment"),
    Case("\"containment\": \"/tiny0\"", "\"containment\": \"/a/tiny0\"", "/graph/nodes/0/metadata/paths/containment"),
    Case(
      "\"name\": \"node1\", \"id\": 1", "\"name\": \"node0\", \"id\": 0", "/graph/nodes/3/metadata/paths/containment"),
    // G30: properties.
    Case("\"rank\": 1,", "\"properties\": {\"tenant\": \"\"},", "/graph/nodes/3/metadata/properties/tenant"),
    Case("\"rank\": 1,", "\"properties\": {\"status\": \"\"},", "/graph/nodes/3/metadata/properties/status"),
    Case("\"rank\": 1,", "\"properties\": {\"__proto__\": \"\"},", "/graph/nodes/3/metadata/properties/__proto__"),
    Case("\"rank\": 1,", "\"properties\": {\"a!\": \"\"},", "/graph/nodes/3/metadata/properties/a!"),
    Case("\"rank\": 1,", "\"properties\": {\"a\": 1},", "/graph/nodes/3/metadata/properties/a"),
    Case("\"rank\": 1,", "\"properties\": [],", "/graph/nodes/3/metadata/properties"),
    Case("\"rank\": 1,", "\"properties\": true,", "/graph/nodes/3/metadata/properties"),
    Case(
      "\"rank\": 1,", "\"properties\": {\"a\": \"\(String(repeating: "v", count: 65_536))\"},",
      "/graph/nodes/3/metadata/properties/a"),
    Case(
      "\"rank\": 1,", "\"properties\": {\((0...1_000).map { "\"k\($0)\":\"\"" }.joined(separator: ","))},",
      "/graph/nodes/3/metadata/properties"),
  ]

  @Test("A mistake is named by its pointer", arguments: cases)
  func pointers(_ mistake: Case) throws {
    guard let range = Samples.rackText.firstRange(of: mistake.old) else {
      Issue.record("the sample has no \(mistake.old)")
      return
    }
    var text = Samples.rackText
    text.replaceSubrange(range, with: mistake.new)
    let faults = Samples.faults { () throws(FormatError) in _ = try JGFText.read(Array(text.utf8)) }
    #expect(faults.contains { $0.pointer == mistake.pointer }, "\(faults)")
  }

  @Test(
    "What no JSON reader may trust is malformed",
    arguments: [
      ("\"size\": 2,", "\"size\": 9223372036854775808,"), ("\"size\": 2,", "\"size\": NaN,"),
      ("\"size\": 2,", "\"size\": Infinity,"), ("\"size\": 2,", "\"size\": 1e400,"),
      ("\"size\": 2,", "\"size\": 2, \"size\": 2,"), ("\"size\": 2,", "\"x\": {\"a\":1,\"a\":2},"),
      ("\"size\": 2,", "\"size\": 02,"), ("\"size\": 2,", "\"size\": 2,,"), ("{\"id\": \"1\"", "{\"id\": \"a\\u0000\""),
      ("{\"id\": \"1\"", "{\"id\": \"\\ud800\""), ("\"rack\"", "\"ra\u{1}ck\""), ("\"rack\"", "\"rack"),
      ("{\"id\": \"1\"", "{\"id\": \"1\", \"id\": \"1\""),
    ])
  func malformed(old: String, new: String) throws {
    let range = try #require(Samples.rackText.firstRange(of: old))
    var text = Samples.rackText
    text.replaceSubrange(range, with: new)
    #expect(Samples.isMalformed { () throws(FormatError) in _ = try JGFText.read(Array(text.utf8)) })
  }

  @Test("Bytes that are not UTF-8, and text after the end, are malformed")
  func malformedBytes() {
    for bytes in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80]] as [[UInt8]] {
      let text = Array("{\"graph\":\"".utf8) + bytes + Array("\"}".utf8)
      #expect(Samples.isMalformed { () throws(FormatError) in _ = try JGFText.read(text) })
    }
    #expect(Samples.isMalformed { () throws(FormatError) in _ = try JGFText.read(Samples.rack { $0 + "x" }) })
    let deep = String(repeating: "[", count: 100_000)
    #expect(Samples.isMalformed { () throws(FormatError) in _ = try JGFText.read(Array("{\"a\":\(deep)".utf8)) })
  }

  @Test("Any cut of the text is refused, and none traps")
  func cuts() {
    let whole = Samples.rack()
    for length in stride(from: 0, to: whole.count - 1, by: 7) {
      #expect(throws: FormatError.self) { try JGFText.read(Array(whole.prefix(length))) }
    }
  }

  @Test("A ring of a thousand is found")
  func ring() {
    var text = "{\"graph\":{\"nodes\":[{\"id\":\"r\",\"metadata\":{\"type\":\"cluster\"}}"
    for index in 0..<1_000 { text += ",{\"id\":\"\(index)\",\"metadata\":{\"type\":\"rack\",\"id\":\(index)}}" }
    text += "],\"edges\":[{\"source\":\"0\",\"target\":\"1\"}"
    for index in 1..<1_000 { text += ",{\"source\":\"\(index)\",\"target\":\"\((index + 1) % 1_000)\"}" }
    let faults = Samples.faults { () throws(FormatError) in _ = try JGFText.read(Array((text + "]}}").utf8)) }
    #expect(faults.map(\.message) == ["is contained in itself"])
  }

  @Test("Faults are collected, up to twenty")
  func collected() {
    let text = Samples.rackText.replacing("\"size\": 2,", with: "\"size\": 0,").replacing(
      "\"unit\": \"\"", with: "\"unit\": 1")
    let faults = Samples.faults { () throws(FormatError) in _ = try JGFText.read(Array(text.utf8)) }
    #expect(faults.count == 6)
    let nodes = Array(repeating: "1", count: 1_000).joined(separator: ",")
    let many = Samples.faults { () throws(FormatError) in
      _ = try JGFText.read(Array("{\"graph\":{\"nodes\":[\(nodes)],\"edges\":[]}}".utf8))
    }
    #expect(many.count == FormatLimits.maximumFaults)
    #expect(many.last?.pointer == "/graph/nodes/19")
  }
}

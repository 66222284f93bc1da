import Testing
import Vocabulary

@Suite("A task map") struct TaskmapTests {
  /// The vectors of RFC 34: for each node its ranks, and the map; behind them what its tables add.
  static let vectors: [(raw: String, map: String)] = [
    ("0", "[[0,1,1,1]]"), ("0;1", "[[0,2,1,1]]"), ("0-1", "[[0,1,2,1]]"), ("0-1;2-3", "[[0,2,2,1]]"),
    ("0,2;1,3", "[[0,2,1,2]]"), ("1;0", "[[1,1,1,1],[0,1,1,1]]"), ("0-3;4-7;8-11;12-15", "[[0,4,4,1]]"),
    ("0,4,8,12;1,5,9,13;2,6,10,14;3,7,11,15", "[[0,4,1,4]]"),
    ("0-1,8-9;2-3,10-11;4-5,12-13;6-7,14-15", "[[0,4,2,2]]"),
    ("0-1;2-3;4-5;6-7;8-11;12-15", "[[0,4,2,1],[4,2,4,1]]"),
    ("0,6;1,7;2,8;3,9;4,10,12,14;5,11,13,15", "[[0,6,1,2],[4,2,1,2]]"),
    (
      "14-15;12-13;10-11;8-9;4-7;0-3",
      "[[5,1,4,1],[4,1,4,1],[3,1,2,1],[2,1,2,1],[1,1,2,1],[0,1,2,1]]"
    ),
    ("0-1;2-3;4-5;6-7;8-9;12-13;10-11;14-15", "[[0,5,2,1],[6,1,2,1],[5,1,2,1],[7,1,2,1]]"),
    ("12-15;8-11;4-7;0-3", "[[3,1,4,1],[2,1,4,1],[1,1,4,1],[0,1,4,1]]"),
    ("0-1,12-13;2-3,14-15;4-5,16-17;6-7,18-19;8-9;10-11", "[[0,6,2,1],[0,4,2,1]]"),
    ("0-1;2-3;4-5;6-7;8-9,12-13;10-11,14-15", "[[0,6,2,1],[4,2,2,1]]"),
  ]

  @Test("is that of RFC 34 for its vectors, and gives nodes and ranks back", arguments: vectors)
  func vector(raw: String, map: String) throws {
    let ranks = try raw.split(separator: ";").map { try Idset(parsing: $0) }
    let count = ranks.reduce(0) { $0 + $1.count }
    let nodes = (0..<count).map { rank in ranks.firstIndex { $0.contains(rank) }! }
    let taskmap = Taskmap(nodesByRank: nodes)
    #expect(taskmap.text == map)
    #expect(taskmap.nodesByRank == nodes && taskmap.taskCount == count)
    for (node, expected) in ranks.enumerated() { #expect(taskmap.ranks(onNode: node) == expected) }
    #expect(try Taskmap(Self.value(of: taskmap)) == taskmap)
    #expect(taskmap.wrappedText == "{\"version\":1,\"map\":\(map)}")
    #expect(try Taskmap(.object(["version": .integer(1), "map": Self.value(of: taskmap)])) == taskmap)
  }

  private static func value(of map: Taskmap) -> JSONValue {
    .array(
      map.blocks.map { block in
        .array([block.node, block.nodeCount, block.tasksPerNode, block.repeatCount].map { .integer(Int64($0)) })
      })
  }

  @Test("is as short for a million tasks as for a few")
  func large() {
    let cyclic = Taskmap(nodesByRank: (0..<(4096 * 256)).lazy.map { $0 % 4096 })
    #expect(cyclic.text == "[[0,4096,1,256]]")
    #expect(cyclic.processMapping(limit: 1_023) == "")
    #expect(Taskmap(nodesByRank: (0..<(4096 * 256)).lazy.map { $0 / 256 }).text == "[[0,4096,256,1]]")
  }

  @Test("is PMI's process mapping with repetitions written out, and empty when that is too long")
  func processMapping() {
    #expect(Taskmap(nodesByRank: [0, 0, 1, 1]).processMapping(limit: 1_023) == "(vector,(0,2,2))")
    let cyclic = Taskmap(nodesByRank: [0, 1, 0, 1])
    #expect(cyclic.processMapping(limit: 25) == "(vector,(0,2,1),(0,2,1))")
    #expect(cyclic.processMapping(limit: 23) == "")
    #expect(Taskmap.unknown.processMapping(limit: 100) == "" && Taskmap.unknown.text == "[]")
  }

  @Test(
    "is refused when a block is not one, or speaks of too many tasks",
    arguments: [
      .array([.array([.integer(0), .integer(1), .integer(1)])]), .array([.integer(0)]), .string("[]"),
      .array([.array([.integer(-1), .integer(1), .integer(1), .integer(1)])]),
      .array([.array([.integer(0), .integer(0), .integer(1), .integer(1)])]),
      .array([.array([.integer(0), .integer(1 << 20), .integer(1 << 20), .integer(1 << 40)])]),
      .object(["version": .integer(2), "map": .array([])]), .object(["map": .array([])]),
    ] as [JSONValue])
  func refused(value: JSONValue) {
    #expect(throws: Taskmap.ParsingError.self) { try Taskmap(value) }
  }

  @Test("is read as text, with or without blanks", arguments: vectors.map(\.map))
  func text(map: String) throws {
    #expect(try Taskmap(parsing: map).text == map)
    let wide = map.map { "\($0) " }.joined().replacing(/(\d) (?=\d)/) { "\($0.1)" }
    #expect(try Taskmap(parsing: "\t\(wide)\n").text == map)
  }

  @Test(
    "is no text with anything else in it",
    arguments: [
      "", "[", "[[0,1,1,1]", "[[0,1,1,1]]]", "[[0,1,1]]", "[[0,1,1,1,1]]", "[0,1,1,1]", "[[0,1,1,1],]", "[[0,-1,1,1]]",
      "[[0,1,1,1.0]]", "[[0,1 1,1,1]]", "[[0,,1,1]]", "[[9223372036854775808,1,1,1]]", "[[0,1,1,2147483648]]",
      "{\"version\":1,\"map\":[]}",
    ])
  func brokenText(text: String) {
    #expect(throws: Taskmap.ParsingError.self) { try Taskmap(parsing: text) }
  }

  @Test("covers nodes when each has a task, and no other has")
  func coverage() throws {
    for (text, count, covers) in [
      ("[[0,2,4,1]]", 2, true), ("[[0,2,4,1]]", 1, false), ("[[0,2,4,1]]", 3, false),
      ("[[1,1,1,1],[0,1,9,1]]", 2, true),
      ("[[0,1,1,1],[2,1,1,1]]", 3, false), ("[[2147483647,1,1,1]]", 1_000_000, false),
    ] { #expect(try Taskmap(parsing: text).covers(count) == covers, "\(text) on \(count)") }
    #expect(try Taskmap(parsing: "[[1,1,1,1]]").fits(within: 2) && !Taskmap(parsing: "[[2,1,1,1]]").fits(within: 2))
  }
}

import ResourceFormats
import ResourceGraph
import Testing
import Vocabulary

@Suite("Round trips of random graphs")
struct RoundTripTests {
  /// A small generator of its own, so that a seed means the same everywhere.
  private struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % sides
    }
  }

  /// Siblings of different types, each type once, so that there is one way only to write them.
  private func fragment(_ type: String, depth: Int, _ dice: inout Dice, hosts: inout Int) -> Fragment {
    var fragment = Fragment(type: type, count: type == "cluster" ? 1 : 1 + dice.roll(4))
    if dice.roll(4) == 0 { fragment.basename = "b\(type)" }
    if dice.roll(4) == 0 { fragment.size = Samples.units(Int64(2 + dice.roll(99))) }
    if dice.roll(5) == 0 { fragment.unit = "GiB" }
    if dice.roll(5) == 0 { fragment.status = .down }
    if dice.roll(4) == 0 { fragment.properties = [Property(key: "ssd"), Property(key: "tier", value: "x \"\u{e9}")] }
    if dice.roll(5) == 0 { fragment.names = try? Hostlist((0..<fragment.count).map { "\(type)-x\(2 * $0)" }) }
    guard depth > 0, type != "core", type != "gpu" else { return fragment }
    let types =
      type == "node" || type == "socket" ? ["socket", "core", "gpu", "memory"] : ["rack", "node", "switch", "disk"]
    for child in types where child != type && dice.roll(2) == 0 {
      fragment.children.append(self.fragment(child, depth: depth - 1, &dice, hosts: &hosts))
    }
    return fragment
  }

  @Test("Fragments become JGF and the same fragments again")
  func jgf() throws {
    let seed: UInt64 = 20_261_123
    print("seed \(seed)")
    var dice = Dice(state: seed)
    for round in 0..<300 {
      var hosts = 0
      let document = GraphDocument(fragments: [fragment("cluster", depth: 4, &dice, hosts: &hosts)])
      let text = document.jgf()
      let read = try JGFText.read(text)
      #expect(read == document, "round \(round)")
      guard read == document else { return }
    }
  }

  @Test("Fragments become a recipe's text and the same fragments again")
  func recipe() throws {
    let seed: UInt64 = 4_711
    print("seed \(seed)")
    var dice = Dice(state: seed)
    for _ in 0..<300 {
      var hosts = 0
      let fragment = fragment("cluster", depth: 4, &dice, hosts: &hosts)
      #expect(try Recipe.read(.string(Recipe.text(of: fragment))).fragments == [fragment])
    }
  }

  /// Siblings of one type in several pieces, with numbers and properties of their own.
  private func pieces(_ type: String, under depth: Int, _ dice: inout Dice) -> [Fragment] {
    var next = 0
    return (0..<(1 + dice.roll(4))).map { _ in
      next += dice.roll(3)
      var piece = Fragment(type: type, count: 1 + dice.roll(3), firstID: next)
      next += piece.count
      if dice.roll(3) == 0 { piece.properties = [Property(key: "p\(dice.roll(2))")] }
      if depth > 0 { piece.children = pieces(dice.roll(2) == 0 ? "core" : "gpu", under: depth - 1, &dice) }
      return piece
    }
  }

  @Test("Siblings in pieces stay the same vertices, and compressing again changes nothing")
  func pieces() throws {
    let seed: UInt64 = 77
    print("seed \(seed)")
    var dice = Dice(state: seed)
    for _ in 0..<200 {
      let racks = pieces("rack", under: 0, &dice).map { rack in
        var rack = rack
        rack.children = pieces("group", under: 1, &dice)
        return rack
      }
      let document = GraphDocument(fragments: [Fragment(type: "cluster", children: racks)])
      let read = try JGFText.read(document.jgf())
      #expect(spelt(read) == spelt(document))
      #expect(try JGFText.read(read.jgf()) == read)
    }
  }

  @Test("Recipes changed at random are read or refused, and never trap")
  func recipeFuzz() {
    let seed: UInt64 = 5
    print("seed \(seed)")
    var dice = Dice(state: seed)
    let whole = Array("cluster/rack=3{id:7}/node=2{names:n[0-5],property:\"a=b\"}/[core=4;gpu{size:2}{unit:W}]".utf8)
    let marks = Array("=/{};[],:\"019an-\\".utf8)
    var refused = 0
    for _ in 0..<5_000 {
      var text = whole
      for _ in 0...dice.roll(3) { text[dice.roll(text.count)] = marks[dice.roll(marks.count)] }
      do { _ = try Recipe.read(.string(String(decoding: text, as: UTF8.self))) } catch { refused += 1 }
    }
    #expect(refused > 2_500)
  }

  @Test("Bytes changed at random are read or refused, and never trap")
  func fuzz() {
    let seed: UInt64 = 99
    print("seed \(seed)")
    var dice = Dice(state: seed)
    let whole = Samples.rack()
    var refused = 0
    for _ in 0..<20_000 {
      var text = whole
      for _ in 0...dice.roll(3) { text[dice.roll(text.count)] = UInt8(dice.roll(256)) }
      do { _ = try JGFText.read(text) } catch { refused += 1 }
    }
    #expect(refused > 10_000)
  }

  @Test("Text is written in chunks that are the text when they are joined")
  func chunks() {
    let document = GraphDocument(fragments: [Samples.cluster(nodes: 3, coresPerSocket: 2)])
    var writer = JGFWriter()
    var chunks: [UInt8] = []
    var edges: [JGFEdge] = []
    var walk = DocumentWalk()
    walk.visit(document) { vertex, parent in
      writer.append(vertex)
      if vertex.uniqueID % 3 == 0 { chunks += writer.takeChunk() }
      if let parent { edges.append(JGFEdge(source: parent, target: vertex.uniqueID)) }
    }
    for edge in edges {
      writer.append(edge)
      chunks += writer.takeChunk()
    }
    writer.end()
    #expect(chunks + writer.takeChunk() == document.jgf())
  }
}

import ResourceFormats
import ResourceGraph
import Testing
import Vocabulary

@Suite("Pictures")
struct PictureTests {
  private static let node = Fragment(
    type: "node", count: 4,
    children: [
      Fragment(type: "core", count: 2), Fragment(type: "memory", size: Samples.units(1_000), unit: "MiB"),
    ])

  private static func graph(_ children: [Fragment] = [node]) -> ResourceGraph {
    var graph = ResourceGraph()
    graph.apply(.add(Fragment(type: "cluster", children: children), under: nil))
    return graph
  }

  /// A graph with a host in each state that one can be in.
  private static func used() throws -> ResourceGraph {
    var graph = Self.graph()
    let core = try #require(graph.vertex(at: "/cluster0/node0/core1"))
    let memory = try #require(graph.vertex(at: "/cluster0/node0/memory0"))
    graph.take([
      Grant(vertex: core, amount: .one), Grant(vertex: memory, amount: Amount(units: 400) ?? .zero),
    ])
    graph.take([Grant(vertex: try #require(graph.host(rank: 1)), amount: .one)])
    graph.apply(.setStatus(try #require(graph.host(rank: 2)), .down))
    let drain = Drain(reason: "fan & <disk>", at: Timestamp(microseconds: 1))
    graph.apply(.drain(try #require(graph.host(rank: 3)), drain))
    return graph
  }

  private static func text(_ draw: (@escaping ([UInt8]) -> Void) -> Void) -> String {
    var bytes: [UInt8] = []
    draw { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("A tree has one line for siblings that are alike, and counts what is held of them")
  func tree() throws {
    let picture = GraphPicture(try Self.used())
    let expected = """
      cluster0: partly held
      └── node[0-3] ×4: 1 partly held, 1 held, 1 drained, 1 down
          ├── core[0-1] ×2 each, 8 in all: 1 free, 3 held, 2 drained, 2 down
          └── memory0 each, 4 in all, 1000MiB: 600 of 4000MiB free

      """
    #expect(Self.text { picture.tree($0) } == expected)
    let unlike = Self.graph([Fragment(type: "node", children: [Fragment(type: "core")]), Self.node])
    let shallow = GraphPicture(unlike, depth: 1)
    #expect(Self.text { shallow.tree($0) } == "cluster0: free\n├── node0: free\n└── node[1-4] ×4: free\n")
  }

  @Test("What holds nothing that could be taken is not shown as free")
  func closedWithin() throws {
    var graph = Self.graph([Fragment(type: "rack", count: 2, children: [Fragment(type: "node")])])
    graph.apply(.setStatus(try #require(graph.host(rank: 0)), .down))
    let picture = GraphPicture(graph, depth: 1)
    #expect(Self.text { picture.tree($0) } == "cluster0: free\n└── rack[0-1] ×2: 1 free, 1 down\n")
    graph.apply(.drain(try #require(graph.host(rank: 1)), Drain(reason: "", at: Timestamp(microseconds: 1))))
    let closed = GraphPicture(graph, depth: 1)
    #expect(Self.text { closed.tree($0) } == "cluster0: down\n└── rack[0-1] ×2: 1 drained, 1 down\n")
  }

  @Test("A drawing names every host once, has a title for every vertex, and says why one is closed")
  func drawing() throws {
    let graph = try Self.used()
    let picture = GraphPicture(graph)
    let svg = Self.text { picture.svg($0) }
    for (name, letter) in [("node0", " P"), ("node1", " H"), ("node2", " X"), ("node3", " D")] {
      #expect(svg.split(separator: ">\(name)\(letter)</text>").count == 2, "\(name) is named once, with its state")
    }
    // One for each vertex and one for the picture.
    #expect(svg.split(separator: "<title>").count - 1 == graph.count + 1)
    #expect(svg.contains("<title>/cluster0/node3 (node): drained: fan &amp; &lt;disk&gt;</title>"))
    #expect(svg.contains("memory0 (memory): partly held, 1000MiB, 40% held"))
  }

  @Test("Names that mean something in markup stay names", arguments: ["a<b>&\"c'", "\u{FFFE}x", "]]>"])
  func hostileNames(name: String) throws {
    let node = NodeDescription(hostname: name, cores: [CoreDescription(cpus: [])], gpuCount: 0, memoryBytes: 1 << 20)
    let picture = GraphPicture(ResourceGraph(ResourceInventory(nodes: [node])))
    let svg = Self.text { picture.svg($0) }
    for (begin, end) in [("<title>", "</title>"), ("<text class=\"t0\"", "</text>")] {
      let parts = svg.components(between: begin, and: end)
      #expect(!parts.isEmpty)
      for part in parts { #expect(!part.contains { $0 == "<" || $0 == "\u{FFFE}" }) }
    }
    let dot = Self.text { picture.dot($0) }
    #expect(dot.contains(name == "a<b>&\"c'" ? "[label=\"a<b>&\\\"c'\"" : "[label=\"\(name)\""))
  }

  @Test("Levels that would be too many boxes are left out, and the drawing says so")
  func tooMany() {
    let picture = GraphPicture(Self.graph([Fragment(type: "node", count: GraphPicture.maximumDrawn)]))
    let svg = Self.text { picture.svg($0) }
    #expect(svg.contains(">\(GraphPicture.maximumDrawn) within not drawn</text>"))
    #expect(svg.utf8.count < 10_000)
  }

  @Test("Edges of other subsystems are drawn between what is drawn")
  func edges() throws {
    var graph = Self.graph([Self.node, Fragment(type: "power", size: Samples.units(100), unit: "W")])
    let power = try #require(graph.vertex(at: "/cluster0/power0"))
    let host = try #require(graph.host(rank: 2))
    graph.apply(.addEdge(GraphEdge(subsystem: "power", source: power, target: host, relationship: "supplies")))
    let picture = GraphPicture(graph)
    #expect(Self.text { picture.svg($0) }.contains("<title>power: /cluster0/power0 to /cluster0/node2</title></line>"))
    #expect(Self.text { picture.dot($0) }.contains("v\(power.rawValue) -> v\(host.rawValue) [style=dashed"))
    let shallow = GraphPicture(graph, depth: 0)
    #expect(!Self.text { shallow.svg($0) }.contains("<line"))
  }
}

extension String {
  fileprivate func components(between begin: String, and end: String) -> [Substring] {
    var found: [Substring] = []
    var rest = self[...]
    while let start = rest.firstRange(of: begin), let stop = rest[start.upperBound...].firstRange(of: end) {
      found.append(rest[start.upperBound..<stop.lowerBound])
      rest = rest[stop.upperBound...]
    }
    return found
  }
}

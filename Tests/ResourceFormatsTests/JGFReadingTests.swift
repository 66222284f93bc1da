import ResourceFormats
import ResourceGraph
import Testing
import Vocabulary

@Suite("Reading the JSON Graph Format")
struct JGFReadingTests {
  private let tiny = Fragment(
    type: "cluster", basename: "tiny",
    children: [
      Fragment(
        type: "rack",
        children: [
          Fragment(
            type: "node", count: 2, children: [Fragment(type: "memory", size: Samples.units(2), unit: "GB")])
        ])
    ])

  @Test("Equal siblings become one fragment, without the numbers that go without saying")
  func compresses() throws {
    #expect(try JGFText.read(Samples.rack()) == GraphDocument(fragments: [tiny]))
  }

  @Test("Values read as text does")
  func values() throws {
    var reader = JGFReader()
    let node: (String, JSONObject) -> JSONValue = { .object(["id": .string($0), "metadata": .object($1)]) }
    reader.addNode(node("a", ["type": .string("cluster"), "basename": .string("tiny")]))
    reader.addNode(node("b", ["type": .string("node"), "id": .integer(0)]))
    reader.addEdge(.object(["source": .string("a"), "target": .string("b")]))
    let fragment = Fragment(type: "cluster", basename: "tiny", children: [Fragment(type: "node")])
    #expect(try reader.finish() == GraphDocument(fragments: [fragment]))
  }

  /// After flux-sched's `rabbit.json`: names from paths, ids left out, hosts that are no nodes, edges without metadata.
  @Test("Members that Fluxion lets out are worked out from the path")
  func shortForm() throws {
    let text = """
      {"graph":{"nodes":[
      {"id":"0","metadata":{"type":"cluster","name":"hetchy","paths":{"containment":"/hetchy"}}},
      {"id":"1","metadata":{"type":"chassis","id":0,"properties":{"rabbit":"hetchy201","ssdcount":"36"},
      "paths":{"containment":"/hetchy/chassis0"}}},
      {"id":"2","metadata":{"type":"ssd","unit":"GiB","size":793,"paths":{"containment":"/hetchy/chassis0/ssd0"}}},
      {"id":"3","metadata":{"type":"ssd","unit":"GiB","size":793,"paths":{"containment":"/hetchy/chassis0/ssd1"}}},
      {"id":"4","metadata":{"type":"node","name":"hetchy1001","rank":1,
      "paths":{"containment":"/hetchy/chassis0/hetchy1001"}}},
      {"id":"5","metadata":{"type":"node","name":"hetchy1002","rank":2,
      "paths":{"containment":"/hetchy/chassis0/hetchy1002"}}}
      ],"edges":[{"source":"0","target":"1"},{"source":"1","target":"2"},{"source":"1","target":"3"},
      {"source":"1","target":"4"},{"source":"1","target":"5"}]}}
      """
    let chassis = Fragment(
      type: "chassis",
      properties: [Property(key: "rabbit", value: "hetchy201"), Property(key: "ssdcount", value: "36")],
      children: [
        Fragment(type: "ssd", count: 2, size: Samples.units(793), unit: "GiB"),
        Fragment(type: "node", count: 2, names: try Hostlist(parsing: "hetchy[1001-1002]"), firstRank: 1),
      ])
    let cluster = Fragment(type: "cluster", names: try Hostlist(parsing: "hetchy"), children: [chassis])
    #expect(try JGFText.read(Array(text.utf8)).fragments == [cluster])
  }

  @Test("Cores that count on through a host's sockets leave the sockets equal")
  func scopes() throws {
    let document = GraphDocument(fragments: [Samples.cluster(nodes: 3, coresPerSocket: 4)])
    let text = String(decoding: document.jgf(), as: UTF8.self)
    #expect(text.contains("/cluster0/node2/socket1/core7"))
    #expect(try JGFText.read(Array(text.utf8)) == document)
  }

  @Test("Nodes in any order compress all the same")
  func anyOrder() throws {
    let document = GraphDocument(fragments: [Samples.cluster(nodes: 4, coresPerSocket: 8)])
    var nodes: [JSONWriter] = []
    var edges: [JSONWriter] = []
    var walk = DocumentWalk()
    walk.visit(document) { vertex, parent in
      nodes.append(JSONWriter())
      JGFWriter.appendVertex(vertex, to: &nodes[nodes.count - 1])
      guard let parent else { return }
      edges.append(JSONWriter())
      JGFWriter.appendEdge(JGFEdge(source: parent, target: vertex.uniqueID), to: &edges[edges.count - 1])
    }
    let text = "{\"graph\":{\"edges\":[\(join(edges.reversed()))],\"nodes\":[\(join(nodes.reversed()))]}}"
    let read = try JGFText.read(Array(text.utf8))
    // The kinds come in another order, so the text is compared by what it says.
    #expect(spelt(read) == spelt(document))
    #expect(read.fragments.first?.children.count == 1)
  }

  private func join(_ writers: [JSONWriter]) -> String {
    writers.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ",")
  }

  @Test("A graph within R is found under scheduling")
  func withinR() throws {
    let text = "{\"version\":1,\"scheduling\":\(Samples.rackText),\"execution\":{}}"
    #expect(try JGFText.read(Array(text.utf8)).fragments == [tiny])
    let wrong = text.replacing("\"size\": 2", with: "\"size\": 0")
    let faults = Samples.faults { () throws(FormatError) in _ = try JGFText.read(Array(wrong.utf8)) }
    #expect(faults.first?.pointer == "/scheduling/graph/nodes/4/metadata/size")
  }

  @Test("Edges of other subsystems are kept by path, and vertices that are only there get a place")
  func otherSubsystems() throws {
    let text = Samples.rackText.replacing(
      "], \"edges\": [",
      with: """
        ,{"id": "6", "metadata": {"type": "powerpanel", "id": 0, "paths": {"power": "/powerpanel0"}}},
        {"id": "7", "metadata": {"type": "power", "id": 0, "unit": "KW", "size": 10,
          "paths": {"power": "/powerpanel0/node0/power0"}}}
        ], "edges": [
        {"source": "6", "target": "2", "metadata": {"subsystem": "power", "relationship": "supplies"}},
        {"source": "2", "target": "7", "metadata": {"name": {"power": "draws"}}},
        """)
    let document = try JGFText.read(Array(text.utf8))
    #expect(
      document.edges == [
        EdgeDescription(
          subsystem: "power", source: "/tiny0/powerpanel0", target: "/tiny0/rack0/node0", relationship: "supplies"),
        EdgeDescription(
          subsystem: "power", source: "/tiny0/rack0/node0", target: "/tiny0/rack0/node0/power0", relationship: "draws"),
      ])
    #expect(try JGFText.read(document.jgf()) == document)
  }

  @Test("Edges back to the parent, as old files have them, are read and dropped")
  func edgesBack() throws {
    let text = Samples.rackText.replacing(
      "\"edges\": [",
      with: """
        "edges": [{"source": "1", "target": "0", "metadata": {"name": {"containment": "in"}}},
        """)
    #expect(try JGFText.read(Array(text.utf8)).fragments == [tiny])
  }

  @Test("Parts to add keep every number that depends on where they go")
  func parts() throws {
    let text = """
      {"graph":{"nodes":[
      {"id":"10","metadata":{"type":"node","id":7,"rank":7,"paths":{"containment":"/tiny0/rack0/node7"}}},
      {"id":"11","metadata":{"type":"node","id":8,"rank":8,"paths":{"containment":"/tiny0/rack0/node8"}}},
      {"id":"12","metadata":{"type":"core","id":0,"paths":{"containment":"/tiny0/rack0/node7/core0"}}},
      {"id":"13","metadata":{"type":"core","id":0,"paths":{"containment":"/tiny0/rack0/node8/core0"}}}
      ],"edges":[{"source":"10","target":"12"},{"source":"11","target":"13"}]}}
      """
    let nodes = Fragment(type: "node", count: 2, firstID: 7, firstRank: 7, children: [Fragment(type: "core")])
    #expect(try JGFText.read(Array(text.utf8), roots: .several).fragments == [nodes])
  }

  @Test("Paths that are left out are worked out for the ends of edges, and given ones are compared with names above")
  func pathsLeftOut() throws {
    var text = "{\"graph\":{\"nodes\":[{\"id\":\"0\",\"metadata\":{\"type\":\"cluster\"}},"
    text += "{\"id\":\"1\",\"metadata\":{\"type\":\"rack\"}},"
    text += "{\"id\":\"2\",\"metadata\":{\"type\":\"node\",\"paths\":{\"containment\":\"/cluster0/rack0/n7\"}}}"
    text += "],\"edges\":[{\"source\":\"0\",\"target\":\"1\"},{\"source\":\"1\",\"target\":\"2\"},"
    text += "{\"source\":\"1\",\"target\":\"2\",\"metadata\":{\"subsystem\":\"power\"}}]}}"
    let edge = EdgeDescription(subsystem: "power", source: "/cluster0/rack0", target: "/cluster0/rack0/n7")
    #expect(try JGFText.read(Array(text.utf8)).edges == [edge])
    for wrong in ["/cluster0/n7", "/cluster0/rack1/n7", "/x/cluster0/rack0/n7", "/cluster/rack0/n7"] {
      let other = text.replacing("/cluster0/rack0/n7", with: wrong)
      let faults = Samples.faults { () throws(FormatError) in _ = try JGFText.read(Array(other.utf8)) }
      #expect(faults.map(\.pointer) == ["/graph/nodes/2/metadata/paths/containment"], "\(wrong)")
    }
  }

  @Test("Escapes and UTF-8 are read as what they mean")
  func escapes() throws {
    let text = Samples.rackText.replacing("\"/tiny0/rack0\"", with: "\"\\/tiny0\\/r\\u0061ck0\"")
      .replacing("\"id\": \"3\"", with: "\"id\": \"\\ud83d\\ude00\"")
      .replacing("\"target\": \"3\"", with: "\"target\": \"😀\"").replacing(
        "\"source\": \"3\"", with: "\"source\": \"😀\"")
    #expect(try JGFText.read(Array(text.utf8)).fragments == [tiny])
  }
}

/// Every vertex as JGF writes it, without the order.
func spelt(_ document: GraphDocument) -> Set<String> {
  var lines: Set<String> = []
  var walk = DocumentWalk()
  walk.visit(document) { vertex, _ in
    lines.insert(
      "\(vertex.path) \(vertex.type) \(vertex.basename) \(vertex.id) \(vertex.rank ?? -1) \(vertex.size.text)"
        + "\(vertex.unit) \(vertex.status) \(vertex.properties.map { "\($0.key)=\($0.value)" })")
  }
  return lines
}

import ResourceFormats
import ResourceGraph
import Testing
import Vocabulary

@Suite("Recipes")
struct RecipeTests {
  private func read(_ text: String, roots: JGFRoots = .one) throws -> [Fragment] {
    try Recipe.read(.string(text), roots: roots).fragments
  }

  private func faults(_ value: JSONValue) -> [FormatFault] {
    Samples.faults { () throws(FormatError) in _ = try Recipe.read(value) }
  }

  private let socket = Fragment(
    type: "socket", count: 2,
    children: [
      Fragment(type: "core", count: 16), Fragment(type: "gpu", count: 2),
      Fragment(type: "memory", size: Samples.units(65_536), unit: "MiB"),
    ])

  @Test("Text in the manner of RFC 46 makes fragments")
  func text() throws {
    let text =
      "cluster/rack=4/node=64{property:ssd,property:perf_class=3}/socket=2/[core=16;gpu=2;"
      + "memory{size:65536}{unit:MiB}]"
    let node = Fragment(
      type: "node", count: 64, properties: [Property(key: "perf_class", value: "3"), Property(key: "ssd")],
      children: [socket])
    let expected = Fragment(type: "cluster", children: [Fragment(type: "rack", count: 4, children: [node])])
    #expect(try read(text) == [expected])
  }

  @Test("Every key reaches its field")
  func keys() throws {
    let text = """
      cluster/node=2{names:"a,b[0]",basename:foo,id:5,rank:3,size:7,unit:W,status:down,property:"k=v w",cpus:[0-1,64]}
      """
    let node = Fragment(
      type: "node", basename: "foo", count: 2, names: try Hostlist(["a", "b0"]), firstID: 5, size: Samples.units(7),
      unit: "W", status: .down, properties: [Property(key: "k", value: "v w")], cpus: [0, 1, 64], firstRank: 3)
    #expect(try read(text) == [Fragment(type: "cluster", children: [node])])
  }

  @Test("Names given for all are dealt out to the parents")
  func dealing() throws {
    let racks = try read("cluster/rack=3{id:7}/node=2{names:n[0-5]}/core=4")[0].children
    #expect(racks.map(\.firstID) == [7, 8, 9])
    #expect(racks.map { $0.children[0].names?.description } == ["n[0-1]", "n[2-3]", "n[4-5]"])
    #expect(racks.allSatisfy { $0.count == 1 && $0.children[0].children == [Fragment(type: "core", count: 4)] })
    #expect(try read("cluster/rack=3/node=2{names:n[0-1]}")[0].children.count == 1)
  }

  @Test("The tree says the same as the text")
  func tree() throws {
    let tree: JSONValue = [
      "resources": [
        "cluster": ["rack=2": ["node=4{names:n[0-7]}": "socket=2/[core=16;gpu=2]", "pdu/switch": ["port=8": nil]]]
      ]
    ]
    let text = "cluster/rack=2/[node=4{names:n[0-7]}/socket=2/[core=16;gpu=2];pdu/switch/port=8]"
    #expect(try Recipe.read(tree).fragments == read(text))
  }

  @Test("One line of edges joins many vertices in equal shares")
  func edges() throws {
    let recipe: JSONValue = [
      "resources": "cluster/rack=4/[pdu;node=16]",
      "edges": [
        "power": ["/cluster0/rack[0-3]/pdu0 -> /cluster0/rack[0-3]/node[0-63]"],
        "network": ["/cluster0/rack0/* -> /cluster0/rack1/pdu0"],
      ],
    ]
    let document = try Recipe.read(recipe)
    let power = document.edges.filter { $0.subsystem == "power" }
    #expect(power.count == 64)
    #expect(power[16].source == "/cluster0/rack1/pdu0" && power[16].target == "/cluster0/rack1/node16")
    #expect(document.edges.filter { $0.subsystem == "network" }.count == 17)
    #expect(try JGFText.read(document.jgf()).edges.count == 81)
  }

  @Test(
    "A billion is refused in an instant", arguments: ["cluster/node=1000000000", "cluster/rack=100000/node=100000"])
  func bounded(text: String) {
    let clock = ContinuousClock()
    var found: [FormatFault] = []
    let time = clock.measure { found = faults(.string(text)) }
    #expect(found.count == 1)
    #expect(time < .milliseconds(100))
  }

  @Test(
    "What is wrong is told",
    arguments: [
      "", "cluster/", "cluster=2", "[cluster;cluster]", "cluster/node=0", "cluster/node=01", "cluster/node=-1",
      "cluster/1node", "cluster/node{}", "cluster/node{size}", "cluster/node{size:0}", "cluster/node{size:1.5}",
      "cluster/node{size:900000001}", "cluster/node{colour:red}", "cluster/node=2{names:n[0-2]}",
      "cluster/core{rank:1}",
      "cluster/rack=2/node{rank:1}", "cluster/node=2{names:\"a,a\"}", "cluster/node{names:n[0-1000000000]}",
      "cluster/node{names:n[[1]]}", "cluster/node=3{names:n[01-003]}", "cluster/node{names:n[}",
      "cluster/node{names:;id}",
      "cluster/node{property:tenant}", "cluster/node{property:a!}", "cluster/node{property:a,property:a=1}",
      "cluster/[node;core", "cluster/node]", "cluster/node{size:1", "cluster/node{id:-1}", "cluster/node{status:odd}",
    ])
  func wrong(text: String) { #expect(faults(.string(text)).count == 1, "\(text)") }

  @Test("Depth is bounded")
  func depth() {
    let deep = "cluster" + String(repeating: "/group", count: 100_000)
    #expect(faults(.string(deep)).first?.message.contains("32 deep") == true)
  }

  @Test("Faults of a tree and of edges are told with pointers")
  func pointers() {
    #expect(
      faults(["resources": ["cluster": ["node=2{size:0}": nil]]]).first?.pointer == "/resources/cluster/node=2{size:0}")
    #expect(faults(["resources": ["[a;b]": ["c": nil]]]).first?.pointer == "/resources/[a;b]")
    #expect(faults(["resource": "cluster"]).map(\.pointer) == ["/resource", "/resources"])
    #expect(faults(.integer(1)).first?.pointer == "")
    for line in [
      "/cluster0/node[0-4] -> /cluster0/pdu0", "/cluster0/node0 > /cluster0/pdu0", "cluster0 -> /cluster0/pdu0",
      "/cluster0/node0 -> /cluster0/node0", "/cluster0/node[0-2] -> /cluster0/node[0-1]",
      "/cluster0 -> /cluster0/disk0",
    ] {
      let recipe: JSONValue = ["resources": "cluster/[node=4;pdu]", "edges": ["power": [.string(line)]]]
      #expect(faults(recipe).map(\.pointer) == ["/edges/power/0"], "\(line)")
    }
  }
}

import ResourceFormats
import ResourceGraph
import Testing
import Vocabulary

@Suite("R version 1")
struct ResourceSetTests {
  /// RFC 20's example.
  private let example: JSONValue = [
    "version": .integer(1),
    "execution": [
      "R_lite": [["rank": "19-22", "children": ["core": "0-47", "gpu": "0-7"]]], "nodelist": ["node[186-189]"],
      "nslots": .integer(32), "starttime": .integer(1_676_560_542), "expiration": .integer(1_676_562_342),
    ],
  ]

  private func changed(_ name: String, _ value: JSONValue?) -> JSONValue {
    var document = example.object ?? [:]
    var execution = document["execution"]?.object ?? [:]
    execution[name] = value
    document["execution"] = .object(execution)
    return .object(document)
  }

  private func pointers(_ value: JSONValue) -> [String] {
    Samples.faults { () throws(FormatError) in _ = try ResourceSet(value) }.map(\.pointer)
  }

  @Test("RFC 20's example is read and written back")
  func example20() throws {
    let set = try ResourceSet(example)
    #expect(set.ranks.description == "19-22" && set.slotCount == 32 && set.expiration == 1_676_562_342)
    let text = """
      {"version":1,"execution":{"R_lite":[{"rank":"19-22","children":{"core":"0-47","gpu":"0-7"}}],\
      "nodelist":["node[186-189]"],"nslots":32,"starttime":1676560542,"expiration":1676562342}}
      """
    #expect(String(decoding: set.json(), as: UTF8.self) == text)
  }

  @Test("Ranks with equal children share an entry")
  func coalesced() throws {
    let entry: (String, String) -> JSONValue = { ["rank": .string($0), "children": ["core": .string($1)]] }
    let value = changed("R_lite", [entry("2", "0-1"), entry("0", "0-3"), entry("3", "0-3")])
    let set = try ResourceSet(changing(value, "nodelist", ["c", "a", "b"]))
    #expect(set.entries.map(\.ranks.description) == ["0,3", "2"])
    #expect(set.nodelist.names == ["c", "a", "b"])
  }

  private func changing(_ value: JSONValue, _ name: String, _ new: JSONValue) -> JSONValue {
    var document = value.object ?? [:]
    var execution = document["execution"]?.object ?? [:]
    execution[name] = new
    document["execution"] = .object(execution)
    return .object(document)
  }

  @Test("R becomes a graph of hosts, parted where children or properties differ")
  func graph() throws {
    let value = changing(
      changed(
        "R_lite",
        [
          ["rank": "0-3", "children": ["core": "0-3"]], ["rank": "4", "children": ["core": "0-1,8-9", "gpu": "0"]],
        ]), "nodelist", ["n[0-2]", "big[1-2]"])
    let document = try GraphDocument(resourceSet: changing(value, "properties", ["ssd": "1-2,4", "arch=arm": "4"]))
    let cores = Fragment(type: "core", count: 4, firstID: 0)
    let ssd = Property(key: "ssd")
    let nodes = [
      Fragment(type: "node", names: try Hostlist(["n0"]), firstRank: 0, children: [cores]),
      Fragment(
        type: "node", count: 2, names: try Hostlist(["n1", "n2"]), properties: [ssd], firstRank: 1, children: [cores]),
      Fragment(type: "node", names: try Hostlist(["big1"]), firstRank: 3, children: [cores]),
      Fragment(
        type: "node", names: try Hostlist(["big2"]), properties: [Property(key: "arch", value: "arm"), ssd],
        firstRank: 4,
        children: [
          Fragment(type: "core", count: 2, firstID: 0), Fragment(type: "core", count: 2, firstID: 8),
          Fragment(type: "gpu", firstID: 0),
        ]),
    ]
    #expect(document.fragments == [Fragment(type: "cluster", children: nodes)])
    let back = ResourceSet(document)
    #expect(back.entries == (try ResourceSet(value)).entries)
    #expect(back.properties.map { "\($0.name) \($0.ranks)" } == ["arch=arm 4", "ssd 1-2,4"])
  }

  @Test("Fluxion's graph is taken from scheduling, with the ranks of execution")
  func scheduling() throws {
    func document(writer: JSONValue?) -> JSONValue {
      let metadata: (String, String) -> JSONValue = { ["type": .string($0), "name": .string($1), "rank": .integer(9)] }
      var scheduling: JSONObject = [
        "graph": [
          "nodes": [
            ["id": "0", "metadata": ["type": "cluster"]], ["id": "1", "metadata": metadata("node", "node186")],
            ["id": "2", "metadata": ["type": "nvme"]],
          ],
          "edges": [["source": "0", "target": "1"], ["source": "1", "target": "2"]],
        ]
      ]
      scheduling["writer"] = writer
      var value = example.object ?? [:]
      value["scheduling"] = .object(scheduling)
      return .object(value)
    }
    let node = Fragment(
      type: "node", firstID: 186, firstRank: 19, children: [Fragment(type: "nvme")])
    for writer in [nil, "fluxion", "fluxion:jgf"] as [JSONValue?] {
      let read = try GraphDocument(resourceSet: document(writer: writer))
      #expect(read.fragments == [Fragment(type: "cluster", children: [node])])
    }
    let other = try GraphDocument(resourceSet: document(writer: "TreePool"))
    #expect(other.fragments[0].children[0].count == 4)
  }

  @Test(
    "Sets as RFC 22 has them, and no others",
    arguments: [
      "0-", "-1", "5-3", "1,1", " 1", "a", "1-2-3", "[0]]", "0x1", "", "0-4294967295", "0-9223372036854775807",
    ])
  func idsets(text: String) {
    let value = changed("R_lite", [["rank": .string(text), "children": ["core": "0"]]])
    var found: [String] = []
    let time = ContinuousClock().measure { found = pointers(value) }
    #expect(found.first == "/execution/R_lite/0/rank" && time < .milliseconds(50))
  }

  @Test("Lists as RFC 29 has them, and no others", arguments: ["n[0-1000000000]", "n[[1]]", "n[01-003]", "n[", ";id"])
  func hostlists(text: String) {
    #expect(pointers(changed("nodelist", [.string(text)])).first == "/execution/nodelist/0")
  }

  @Test("Every other fault has its pointer")
  func faults() {
    #expect(pointers(.integer(1)) == [""])
    #expect(pointers([:]) == ["/version", "/execution"])
    #expect(pointers(["version": .integer(2), "execution": []]) == ["/version", "/execution"])
    #expect(pointers(changed("R_lite", nil)) == ["/execution/R_lite"])
    #expect(pointers(changed("nodelist", ["a"])) == ["/execution/nodelist"])
    #expect(pointers(changed("nslots", .integer(0))) == ["/execution/nslots"])
    #expect(pointers(changed("starttime", .integer(-1))) == ["/execution/starttime"])
    #expect(pointers(changed("expiration", .integer(1))) == ["/execution/expiration"])
    #expect(pointers(changed("properties", ["a!": "19"])) == ["/execution/properties/a!"])
    #expect(pointers(changed("properties", ["a": "18-19"])) == ["/execution/properties/a"])
    let entry: JSONValue = ["rank": "0", "children": ["core": "0"]]
    #expect(pointers(changed("R_lite", [entry, entry])).contains("/execution/R_lite/1/rank"))
    #expect(
      pointers(changed("R_lite", [["rank": "0-3", "children": ["c d": "0"]]])) == ["/execution/R_lite/0/children/c d"])
    let huge: JSONValue = ["rank": "0-9999999", "children": ["core": "0-2000000000"]]
    #expect(pointers(changed("R_lite", [huge])) == ["/execution/R_lite/0"])
  }
}

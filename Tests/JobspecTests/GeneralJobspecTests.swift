import Jobspec
import Testing
import Vocabulary

/// A general jobspec with these resources.
func general(_ resources: String, slot: String = "s", count: String = #"{"per_slot":1}"#) -> String {
  document(
    version: "9999", resources: "[\(resources)]",
    tasks: #"[{"command":["a"],"slot":"\#(slot)","count":\#(count)}]"#)
}

/// A slot with the label `s` that holds these.
func slot(_ parts: String, count: String = "1", type: String = "slot", label: String = "s") -> String {
  #"{"type":"\#(type)","count":\#(count),"label":"\#(label)","with":[\#(parts)]}"#
}

/// Any vertex, with further members after the count.
func vertex(_ type: String, _ count: String = "1", _ more: String = "", with parts: String? = nil) -> String {
  let with = parts.map { #","with":[\#($0)]"# } ?? ""
  return #"{"type":"\#(type)","count":\#(count)\#(more.isEmpty ? "" : "," + more)\#(with)}"#
}

/// The pointers of a jobspec's faults.
func pointers(of text: String) throws -> [String] {
  let value = try json(text)
  do throws(InvalidDocument) {
    _ = try Jobspec.parse(value)
    return []
  } catch {
    return error.faults.map(\.pointer)
  }
}

@Suite struct GeneralJobspecTests {
  /// Parses, and checks that the jobspec survives rendering and packing.
  private func parse(_ text: String) throws -> Jobspec {
    let jobspec = try Jobspec.parse(json(text))
    #expect(try Jobspec.parse(jobspec.rendered()) == jobspec)
    #expect(try Jobspec.parse(jobspec.rendered()).demand == jobspec.demand)
    var writer = PackedWriter()
    jobspec.pack(into: &writer)
    var reader = PackedReader(writer.bytes)
    let unpacked = try Jobspec(unpacking: &reader)
    #expect(reader.isAtEnd && unpacked == jobspec && unpacked.demand == jobspec.demand)
    #expect(unpacked.request == jobspec.request && unpacked.version == jobspec.version)
    return jobspec
  }

  private let node = vertex("node")

  @Test("RFC 14's requests for nodes are read (use cases 1.1 to 1.4 and 1.8)")
  func nodes() throws {
    let fixed = try parse(general(slot(node, count: "4")))
    #expect(fixed.version == 9999 && fixed.demand == Demand(nodes: nil, totalSlots: 4, coresPerSlot: 0, taskCount: 4))
    let range = try parse(general(slot(node, count: #"{"min":3,"max":30,"operator":"+","operand":1}"#)))
    #expect(range.request[0].count == .range(minimum: 3, maximum: 30, step: .add, operand: 1))
    #expect(range.demand.totalSlots == 3)
    let sockets = vertex("socket", #"{"min":2}"#, with: vertex("core", #"{"min":4}"#))
    let shared = try parse(general(slot(vertex("node", "1", #""exclusive":false"#, with: sockets), count: "4")))
    #expect(shared.demand == Demand(nodes: nil, totalSlots: 4, coresPerSlot: 8, taskCount: 4))
    let inside = shared.request[0].parts[0]
    #expect(shared.request[0].isExclusive && !inside.isExclusive && inside.parts[0].isExclusive)
    let squares = try parse(general(slot(node, count: #""4,9,16,25""#)))
    #expect(squares.request[0].count == .set([4, 9, 16, 25]) && squares.demand.totalSlots == 4)
  }

  @Test("Slots may stand anywhere, also side by side (use cases 1.5 to 1.7 and 2.4)")
  func slotsAnywhere() throws {
    let memory = vertex("memory", "4", #""unit":"GB""#)
    let clusters = vertex(
      "cluster", with: slot(vertex("node", with: "\(memory),\(vertex("ib10g"))"), count: "2", label: "ib"))
    let switches = vertex("switch", with: slot(vertex("node", with: vertex("core", "2")), count: "2", label: "bicore"))
    let mixed = try parse(general("\(clusters),\(switches)", slot: "ib"))
    #expect(
      mixed.demand == Demand(nodes: nil, totalSlots: 2, coresPerSlot: 0, memoryPerSlot: 4_000_000_000, taskCount: 2))
    #expect(try parse(general("\(clusters),\(switches)", slot: "bicore")).demand.coresPerSlot == 2)
    let perNode = #"{"per_resource":{"type":"node","count":1}}"#
    let across = vertex(
      "cluster", "2", with: slot(vertex("node", #"{"min":3}"#, #""exclusive":false"#, with: vertex("core", "30"))))
    let demand = try parse(general(across, count: perNode)).demand
    #expect(demand == Demand(nodes: nil, totalSlots: 2, coresPerSlot: 90, taskCount: 6))
    let reader = slot("\(vertex("core")),\(memory)", count: "10", label: "read-db")
    let database = slot("\(vertex("core", "6")),\(vertex("memory", "24", #""unit":"GB""#))", label: "db")
    let shared = try parse(general(vertex("node", with: "\(reader),\(database)"), slot: "read-db"))
    #expect(
      shared.demand
        == Demand(nodes: 1, totalSlots: 10, coresPerSlot: 1, memoryPerSlot: 4_000_000_000, taskCount: 10))
  }

  @Test("Nodes above the slot are counted, and counts multiply along the path")
  func products() throws {
    let inner = slot("\(vertex("socket", "2", with: "\(vertex("core", "3")),\(vertex("gpu"))"))", count: "5")
    let rack = vertex(
      "rack", "2", with: vertex("node", "4", #""exclusive":true"#, with: vertex("numa", "3", with: inner)))
    let demand = try parse(general(rack, count: #"{"per_slot":2}"#)).demand
    #expect(
      demand
        == Demand(
          nodes: 8, totalSlots: 120, coresPerSlot: 6, gpusPerSlot: 2, exclusiveNodes: true, taskCount: 240))
    #expect(demand.slotsPerNode == 15)
  }

  @Test("Exclusivity defaults to true in a slot and false outside, ids and units are read, memory is in whole MiB")
  func parts() throws {
    let parts = [
      vertex("core", "2", #""exclusive":false,"id":"0-3,8""#), vertex("memory", "1", #""unit":"GB""#),
      vertex("memory", #""2,4""#, #""unit":"GiB""#), vertex("memory", #"{"min":1,"max":4}"#, #""unit":"GiB""#),
      vertex("memory", "5"), vertex("power", "100", #""unit":"W""#),
    ]
    let text = general(vertex("node", "1", #""label":"n""#, with: slot(parts.joined(separator: ","))))
    let jobspec = try parse(text)
    let node = try #require(jobspec.request.first)
    #expect(node.kind == .resource(type: "node") && !node.isExclusive && node.label == "n" && node.ids == nil)
    let slot = try #require(node.parts.first)
    #expect(slot.kind == .slot && slot.isExclusive)
    #expect(slot.parts[0].ids == [0, 1, 2, 3, 8] && !slot.parts[0].isExclusive)
    #expect(slot.parts[1].count == .exactly(954) && slot.parts[1].unit == "MiB" && slot.parts[1].isExclusive)
    #expect(slot.parts[2].count == .set([2048, 4096]))
    #expect(slot.parts[3].count == .range(minimum: 1024, maximum: 4096, step: .add, operand: 1024))
    #expect(slot.parts[4].count == .exactly(5) && slot.parts[4].unit == nil)
    #expect(slot.parts[5].unit == "W")
    let bytes: Int64 = 1_000_000_000 + (3 << 30) + (5 << 20)
    #expect(jobspec.demand.memoryPerSlot == bytes)
  }

  @Test("Version 1 requests are compiled too")
  func versionOne() throws {
    let text = document(
      resources: "[\(vertex("node", "2", with: slot(vertex("core") + "," + vertex("memory", "1", #""unit":"KB""#))))]")
    let jobspec = try Jobspec.parse(json(text))
    let memory = RequestPart(kind: .resource(type: "memory"), count: .exactly(1), unit: "MiB", isExclusive: true)
    let core = RequestPart(kind: .resource(type: "core"), count: .exactly(1), isExclusive: true)
    let slot = RequestPart(kind: .slot, count: .exactly(1), isExclusive: true, label: "s", parts: [core, memory])
    let node = RequestPart(kind: .resource(type: "node"), count: .exactly(2), isExclusive: false, parts: [slot])
    #expect(jobspec.request == [node])
  }

  @Test("Of alternatives the least of each is needed, and they may share a label")
  func alternatives() throws {
    let big = slot("\(vertex("core", "8")),\(vertex("gpu"))", count: "3", type: "or_slot")
    let small = slot(vertex("core", "10"), count: "3", type: "or_slot")
    let mixed = try parse(general("\(big),\(small)"))
    #expect(mixed.request.map(\.kind) == [.orSlot, .orSlot])
    #expect(mixed.demand == Demand(nodes: nil, totalSlots: 3, coresPerSlot: 8, taskCount: 3))
    let one = slot(vertex("socket", with: vertex("core", "8")), count: "2", type: "xor_slot")
    let nested = slot(
      vertex(
        "socket",
        with: [("a", "5"), ("b", "4")].map { slot(vertex("core", $0.1), type: "xor_slot", label: $0.0) }
          .joined(separator: ",")),
      count: "3", type: "xor_slot")
    let either = try parse(general("\(one),\(nested)"))
    #expect(either.request.allSatisfy { $0.kind == .xorSlot })
    #expect(either.demand == Demand(nodes: nil, totalSlots: 2, coresPerSlot: 4, taskCount: 2))
  }

  @Test("Alternatives may differ in where their slots lie, and hold further ones, as in Fluxion's requests")
  func nestedAlternatives() throws {
    func choice(_ names: [(String, String)]) -> String {
      names.map { slot($0.1, type: "xor_slot", label: $0.0) }.joined(separator: ",")
    }
    let inSocket = vertex(
      "socket", with: choice([("a1", "\(vertex("core", "8")),\(vertex("gpu"))"), ("a2", vertex("core", "10"))]))
    let inNode = vertex(
      "node", with: vertex("socket", with: choice([("b1", vertex("core", "5")), ("b2", vertex("core", "9"))])))
    let text = general([inSocket, inNode].map { slot($0, type: "xor_slot") }.joined(separator: ","))
    let jobspec = try parse(text)
    #expect(jobspec.demand == Demand(nodes: nil, totalSlots: 1, coresPerSlot: 5, taskCount: 1))
    #expect(jobspec.request.map(\.label) == ["s", "s"])
    #expect(jobspec.request[1].parts[0].parts[0].parts.map(\.kind) == [.xorSlot, .xorSlot])
    // The same choice beside something that is needed in any case.
    let beside = general("\(vertex("cluster", with: inSocket)),\(slot(vertex("core", "3")))")
    #expect(try parse(beside).demand.coresPerSlot == 3)
  }

  @Test(
    "What makes no sense is refused where it stands",
    arguments: [
      (general(slot(vertex("core"), label: "t")), ["/tasks/0/slot"]),
      (general(vertex("core")), ["/tasks/0/slot"]),
      (general(vertex("slot", with: vertex("core"))), ["/resources/0/label"]),
      (general(vertex("slot", "1", #""label":"s""#)), ["/resources/0/with"]),
      (general(slot(vertex("core")) + "," + slot(vertex("core"))), ["/resources/1/label"]),
      (
        general(slot(vertex("core")) + "," + slot(slot(vertex("core")), type: "or_slot", label: "t")),
        ["/resources/1/with/0/label"]
      ),
      (
        general(slot(vertex("core"), type: "or_slot") + "," + slot(vertex("gpu"), count: "2", type: "or_slot")),
        ["/resources/0/count", "/resources/1/count"]
      ),
      (
        general(slot(vertex("core"), type: "xor_slot") + "," + slot(vertex("core"), type: "xor_slot", label: "t")),
        ["/tasks/0/slot"]
      ),
      (
        general(
          slot(slot(vertex("core")), type: "xor_slot", label: "a") + ","
            + slot(vertex("core"), type: "xor_slot", label: "b")),
        ["/tasks/0/slot"]
      ),
      (general(slot(vertex("1core"))), ["/resources/0/with/0/type"]),
      (general(slot(vertex("co re"))), ["/resources/0/with/0/type"]),
      (general(slot(vertex(String(repeating: "c", count: 65)))), ["/resources/0/with/0/type"]),
      (general(slot(vertex("core", "1", #""id":"a""#))), ["/resources/0/with/0/id"]),
      (general(slot(vertex("core", "1", #""id":"""#))), ["/resources/0/with/0/id"]),
      (general(slot(vertex("core", #""4-1""#))), ["/resources/0/with/0/count"]),
      (general(slot(vertex("core", #""0""#))), ["/resources/0/with/0/count"]),
      (general(slot(vertex("core", #"{"min":2,"operator":"^","operand":1}"#))), ["/resources/0/with/0/count/operand"]),
      (general(slot(vertex("core", "2147483648"))), ["/resources/0/with/0/count"]),
      (general(vertex("node", "65536", with: slot(vertex("core", "65536")))), ["/resources/0/with/0/with/0/count"]),
      (general(slot(vertex("memory", "1", #""unit":"G""#))), ["/resources/0/with/0/unit"]),
      (general(slot(vertex("memory", "1", with: vertex("core")))), ["/resources/0/with/0/with"]),
      (general(slot(vertex("memory", #""2-8:2:^""#))), ["/resources/0/with/0/count"]),
      (general(slot(vertex("memory", "1025", #""unit":"TiB""#))), ["/resources/0/with/0/count"]),
      (general(slot(vertex("memory", #""1-99999,100001""#))), ["/resources/0/with/0/count"]),
      (general(slot(vertex("memory", "1024", #""unit":"TiB""#), count: "1000000")), ["/resources"]),
      (general(slot(vertex("core"), count: "1000001")), ["/tasks/0/count"]),
      (
        general(slot(vertex("core")), count: #"{"per_resource":{"type":"gpu","count":1}}"#),
        ["/tasks/0/count/per_resource/type"]
      ),
      (
        general(slot(vertex("core")), count: #"{"per_resource":{"type":"core"}}"#),
        ["/tasks/0/count/per_resource/count"]
      ),
      (general(vertex("node", "4", with: slot(vertex("core"))), count: #"{"total":3}"#), ["/tasks/0/count"]),
      (general(slot(vertex("core")), count: "{}"), ["/tasks/0/count"]),
      (
        document(version: "9999", tasks: #"[{"command":["a"],"slot":"s","count":{"per_slot":1},"distribution":"x"}]"#),
        ["/tasks/0/distribution"]
      ),
    ] as [(String, [String])])
  func refused(text: String, expected: [String]) throws {
    #expect(try pointers(of: text) == expected)
  }

  @Test("Depth and number of resources have their limits")
  func limits() throws {
    func nested(_ depth: Int) -> String {
      (0..<depth - 2).reduce(slot(vertex("core"))) { inner, _ in vertex("group", with: inner) }
    }
    #expect(try pointers(of: general(nested(JobspecLimits.maximumResourceDepth))).isEmpty)
    #expect(try pointers(of: general(nested(JobspecLimits.maximumResourceDepth + 1))).count == 1)
    let core = vertex("core")
    func wide(_ extra: Int) -> String {
      // 15 racks of 65 vertices each, a slot and its parts.
      let rack = vertex("rack", with: Array(repeating: core, count: 64).joined(separator: ","))
      let last = slot(Array(repeating: core, count: 48 + extra).joined(separator: ","))
      return general(Array(repeating: rack, count: 15).joined(separator: ",") + "," + last)
    }
    #expect(try pointers(of: wide(0)).isEmpty)
    #expect(try pointers(of: wide(1)) == ["/resources/15/with/48"])
  }

  @Test("Records of version 1 are as they were, and damaged ones of the general form are never trapped on")
  func packing() throws {
    var strict = PackedWriter()
    try Jobspec.parse(json(document())).pack(into: &strict)
    #expect(strict.bytes.first == 1)
    let parts = "\(vertex("core", #""2-8:2:*""#, #""id":"0-3""#)),\(vertex("memory", #""2,4""#, #""unit":"GiB""#))"
    let jobspec = try parse(general(slot(parts), count: #"{"per_resource":{"type":"core","count":2}}"#))
    var writer = PackedWriter()
    jobspec.pack(into: &writer)
    let packed = writer.bytes
    for length in packed.indices {
      var reader = PackedReader(Array(packed[..<length]))
      #expect(throws: PackedError.self) { try Jobspec(unpacking: &reader) }
    }
    for index in packed.indices {
      for value: UInt8 in [0, 1, 2, 0x7F, 0xFF] {
        var damaged = packed
        damaged[index] = value
        var reader = PackedReader(damaged)
        _ = try? Jobspec(unpacking: &reader)
      }
    }
  }

  @Test("The general form needs no duration, as in RFC 14")
  func noDuration() throws {
    for attributes in ["{}", #"{"system":{}}"#] {
      #expect(try parse(document(version: "9999", attributes: attributes)).duration == .zero)
    }
  }

  @Test("Copies of a general jobspec are general")
  func copies() throws {
    let text = general(slot(node)).replacing(#"["a"]"#, with: #"["a","{cc}"]"#)
    let copy = try Jobspec.parse(json(text)).copy(7)
    #expect(copy.version == 9999 && copy.command == ["a", "7"])
  }
}

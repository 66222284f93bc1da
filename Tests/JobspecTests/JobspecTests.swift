import JSONText
import Jobspec
import Testing
import Vocabulary

@Suite struct JobspecTests {
  /// Wraps a slot's parts.
  private func slot(_ parts: String, count: Int = 1) -> String {
    #"{"type":"slot","count":\#(count),"label":"s","with":[\#(parts)]}"#
  }

  private func demand(_ resources: String, taskCount: String = #"{"per_slot":1}"#) throws -> Demand {
    let tasks = #"[{"command":["a"],"slot":"s","count":\#(taskCount)}]"#
    return try Jobspec.parse(json(document(resources: "[\(resources)]", tasks: tasks))).demand
  }

  private let core = #"{"type":"core","count":2}"#
  private let gpu = #"{"type":"gpu","count":3}"#

  @Test("The four shapes of version 1, and node exclusivity, mean what RFC 25 says")
  func shapes() throws {
    #expect(
      try demand(slot(core, count: 4)) == Demand(nodes: nil, totalSlots: 4, coresPerSlot: 2, taskCount: 4))
    #expect(
      try demand(slot("\(core),\(gpu)"))
        == Demand(nodes: nil, totalSlots: 1, coresPerSlot: 2, gpusPerSlot: 3, taskCount: 1))
    let node = #"{"type":"node","count":5,"with":[\#(slot(core, count: 2))]}"#
    #expect(try demand(node) == Demand(nodes: 5, totalSlots: 10, coresPerSlot: 2, taskCount: 10))
    let exclusive = #"{"type":"node","count":5,"exclusive":true,"with":[\#(slot("\(gpu),\(core)"))]}"#
    #expect(
      try demand(exclusive)
        == Demand(
          nodes: 5, totalSlots: 5, coresPerSlot: 2, gpusPerSlot: 3, exclusiveNodes: true, taskCount: 5))
  }

  @Test("More tasks than slots are allowed, as in RFC 25's use case 2.1; fewer than nodes are not")
  func totals() throws {
    let node = #"{"type":"node","count":4,"with":[\#(slot(core))]}"#
    #expect(try demand(node, taskCount: #"{"total":5}"#).taskCount == 5)
    #expect(throws: InvalidDocument.self) { try demand(node, taskCount: #"{"total":3}"#) }
    for count in [
      #"{"per_slot":2}"#, "{}", #"{"per_slot":1,"total":4}"#, #"{"per_resource":{"type":"core","count":1}}"#,
    ] {
      #expect(throws: InvalidDocument.self) { try demand(node, taskCount: count) }
    }
  }

  @Test(
    "Memory beside core and gpu is counted in bytes",
    arguments: [("4", "GiB", 4 << 30), ("4", "GB", 4_000_000_000), ("5368709120", "B", 5_368_709_120)]
      as [(String, String, Int64)])
  func memory(count: String, unit: String, bytes: Int64) throws {
    let memory = #"{"type":"memory","count":\#(count),"unit":"\#(unit)"}"#
    let demand = try demand(slot("\(core),\(memory)", count: 3))
    #expect(demand.memoryPerSlot == bytes && demand.totalMemory == 3 * bytes)
  }

  @Test("Memory without a known unit, or beyond counting, is refused")
  func wrongMemory() throws {
    for memory in [
      #"{"type":"memory","count":4}"#, #"{"type":"memory","count":4,"unit":"G"}"#,
      #"{"type":"memory","count":9223372036854775807,"unit":"TB"}"#,
      #"{"type":"memory","count":1025,"unit":"TiB"}"#,
    ] {
      #expect(throws: InvalidDocument.self) { try demand(slot("\(core),\(memory)")) }
    }
    let huge = #"{"type":"memory","count":1024,"unit":"TiB"}"#
    #expect(throws: InvalidDocument.self) { try demand(slot("\(core),\(huge)", count: 1_000_000)) }
  }

  @Test("Labels are unique")
  func labels() throws {
    #expect(throws: InvalidDocument.self) { try demand(slot(#"{"type":"core","count":1,"label":"s"}"#)) }
    _ = try demand(slot(#"{"type":"core","count":1,"label":"c"}"#))
  }

  @Test("A duration is never rounded down to zero, which would mean unlimited")
  func tinyDuration() throws {
    let jobspec = try Jobspec.parse(json(document(attributes: #"{"system":{"duration":1e-9}}"#)))
    #expect(jobspec.duration == TimeSpan(microseconds: 1))
  }

  @Test("Shell options are read as Flux writes them, and kept")
  func shellOptions() throws {
    let options = #""shell":{"options":{"umask":"0027","rlimit":{"nofile":1024,"core":-1},"verbose":1}}"#
    let jobspec = try Jobspec.parse(json(document(system: options)))
    #expect(jobspec.umask == 0o27)
    #expect(
      jobspec.resourceLimits == [.init(name: "nofile", value: 1_024), .init(name: "core", value: .max)])
    #expect(jobspec.shellOptions["verbose"] == .integer(1))
    for wrong in [
      #""umask":"999""#, #""umask":"+1""#, #""umask":512"#, #""rlimit":{"nofle":1}"#,
      #""rlimit":{"cpu":1.5}"#,
    ] {
      let text = document(system: #""shell":{"options":{\#(wrong)}}"#)
      #expect(throws: InvalidDocument.self) { try Jobspec.parse(json(text)) }
    }
  }

  @Test("Attributes that the broker does not know are kept in their order; those it would betray are refused")
  func unknownAttributes() throws {
    let jobspec = try Jobspec.parse(json(document(system: #""zeta":[1.0],"alpha":null"#)))
    #expect(jobspec.attributes["system"]?.object?.members.map(\.name) == ["duration", "zeta", "alpha"])
    #expect(throws: InvalidDocument.self) {
      try Jobspec.parse(json(document(system: #""files":{"script":{"data":"x"}}"#)))
    }
    _ = try Jobspec.parse(json(document(system: #""constraints":{},"dependencies":[]"#)))
  }

  @Test("Packed bytes that are cut or damaged are refused or read, never trapped on")
  func damagedPacking() throws {
    let text = submission(#""nnodes":2,"env":{"A":"1"},"memory":"1GiB","name":"n""#)
    let jobspec = try SubmissionRequest.parse(json(text)).jobspec
    var writer = PackedWriter()
    jobspec.pack(into: &writer)
    let packed = writer.bytes
    for length in packed.indices {
      var reader = PackedReader(Array(packed[..<length]))
      #expect(throws: PackedError.self) { try Jobspec(unpacking: &reader) }
    }
    for index in packed.indices {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var damaged = packed
        damaged[index] = value
        var reader = PackedReader(damaged)
        _ = try? Jobspec(unpacking: &reader)
      }
    }
  }
}

@Suite struct PathTemplateTests {
  @Test("Tags are replaced, and a value cannot lead to another directory")
  func expansion() {
    let path = PathTemplate.expand("out/{{id}}/{{name}}.{{nope}}{x}") { ["id": "f12", "name": "../a/b"][$0] }
    #expect(path == "out/f12/.._a_b.{{nope}}{x}")
    #expect(PathTemplate.expand("{{name}}/x") { _ in ".." } == "_/x")
  }
}

import Jobspec
import Testing
import Vocabulary

@Suite struct ShapeTextTests {
  /// The worked examples of RFC 46: use case, shape, resources.
  private static let examples: [(String, String)] = [
    ("slot=4/node", #"[{"type":"slot","count":4,"label":"default","with":[{"type":"node","count":1}]}]"#),
    (
      "slot=3-30/node",
      #"""
      [{"type":"slot","count":{"min":3,"max":30,"operator":"+","operand":1},"label":"default",
       "with":[{"type":"node","count":1}]}]
      """#
    ),
    (
      "slot=4{nodelevel}/node{-x}/socket=2+/core=4+",
      #"""
      [{"type":"slot","count":4,"label":"nodelevel","with":[{"type":"node","count":1,"exclusive":false,"with":[
       {"type":"socket","count":{"min":2},"with":[{"type":"core","count":{"min":4}}]}]}]}]
      """#
    ),
    (
      "slot=4{nodelevel}/node/socket=2/core=4",
      #"""
      [{"type":"slot","count":4,"label":"nodelevel","with":[{"type":"node","count":1,"with":[
       {"type":"socket","count":2,"with":[{"type":"core","count":4}]}]}]}]
      """#
    ),
    (
      "[cluster/slot=2{ib}/node/[memory=4{unit:GB};ib10g];switch/slot=2{bicore}/node/core=2]",
      #"""
      [{"type":"cluster","count":1,"with":[{"type":"slot","count":2,"label":"ib","with":[{"type":"node","count":1,
       "with":[{"type":"memory","count":4,"unit":"GB"},{"type":"ib10g","count":1}]}]}]},
       {"type":"switch","count":1,"with":[{"type":"slot","count":2,"label":"bicore","with":[{"type":"node","count":1,
       "with":[{"type":"core","count":2}]}]}]}]
      """#
    ),
    (
      "cluster=2/slot/node=1+{-x}/core=30",
      #"""
      [{"type":"cluster","count":2,"with":[{"type":"slot","count":1,"label":"default","with":[{"type":"node",
       "count":{"min":1},"exclusive":false,"with":[{"type":"core","count":30}]}]}]}]
      """#
    ),
    (
      "switch=3/slot/node=1+{-x}/core",
      #"""
      [{"type":"switch","count":3,"with":[{"type":"slot","count":1,"label":"default","with":[{"type":"node",
       "count":{"min":1},"exclusive":false,"with":[{"type":"core","count":1}]}]}]}]
      """#
    ),
    (
      "slot=4,9,16,25/node",
      #"[{"type":"slot","count":"4,9,16,25","label":"default","with":[{"type":"node","count":1}]}]"#
    ),
    ("slot=10/core=2", #"[{"type":"slot","count":10,"label":"default","with":[{"type":"core","count":2}]}]"#),
    (
      "node/[slot=10{read-db}/[core;memory=4{unit:GB}];slot{db}/[core=6;memory=24{unit:GB}]]",
      #"""
      [{"type":"node","count":1,"with":[
       {"type":"slot","count":10,"label":"read-db","with":[{"type":"core","count":1},
        {"type":"memory","count":4,"unit":"GB"}]},
       {"type":"slot","count":1,"label":"db","with":[{"type":"core","count":6},
        {"type":"memory","count":24,"unit":"GB"}]}]}]
      """#
    ),
    (
      "slot=10/[memory=2+{unit:GB};core]",
      #"""
      [{"type":"slot","count":10,"label":"default","with":[{"type":"memory","count":{"min":2},"unit":"GB"},
       {"type":"core","count":1}]}]
      """#
    ),
    (
      "slot=2{4GB-node}/node/memory=4+{unit:GB}",
      #"""
      [{"type":"slot","count":2,"label":"4GB-node","with":[{"type":"node","count":1,"with":[
       {"type":"memory","count":{"min":4},"unit":"GB"}]}]}]
      """#
    ),
    ("slot/node", #"[{"type":"slot","count":1,"label":"default","with":[{"type":"node","count":1}]}]"#),
  ]

  @Test("Every worked example of RFC 46 becomes the resources given there", arguments: examples)
  func vectors(shape: String, resources: String) throws {
    let afterLabel = try #require(resources.split(separator: #""label":""#, maxSplits: 1).last)
    let text = general("X", slot: String(afterLabel.prefix { $0 != "\"" })).replacing("[X]", with: resources)
    #expect(try ShapeText.parse(shape, defaultLabel: "default") == Jobspec.parse(json(text)).resources)
  }

  @Test("Brackets, signs, quotes and spaces are read as the grammar has them")
  func spellings() throws {
    let core = ResourceVertex(type: "core", count: .exactly(1))
    func one(_ shape: String) throws -> ResourceVertex { try #require(ShapeText.parse(shape).first) }
    #expect(try one("core") == core && one("[core]") == core && one(" core=1 ") == core && one("core=[1]") == core)
    #expect(try one("core{}") == core)
    #expect(try one("core{x}").exclusive == true && one("core{+x}").exclusive == true)
    #expect(try one("core{-exclusive}").exclusive == false && one("core{exclusive:false}").exclusive == false)
    #expect(try one("core=[2-8:2:*]").count == .range(minimum: 2, maximum: 8, step: .multiply, operand: 2))
    #expect(
      try one(#"core = 2 { unit : "7", label:'a b', id:"0-3,8" }"#)
        == ResourceVertex(type: "core", count: .exactly(2), unit: "7", label: "a b", id: "0-3,8"))
    #expect(try one("slot{a,-x}/core").label == "a" && one("slot{a,-x}/core").exclusive == false)
    #expect(try one("slot=2/core").label == "task")
    #expect(try one("or_slot{a}/core").type == "or_slot")
    #expect(try one("'my type'").type == "my type")
  }

  @Test(
    "What is no shape is refused where it is wrong",
    arguments: [
      ("", 0), ("slot", 4), ("slot/", 5), ("slot=2{blah", 11), ("slot=2{bla}}", 11), ("slot{}/core", 5), ("core=", 5),
      ("core=0", 5), ("core=a", 5), ("core=4-1", 5), ("core=[2", 7), ("[core;gpu", 9), ("[core;]", 6), ("core]", 4),
      ("core;gpu", 4), ("core/", 5), ("core{y}", 5), ("core{unit:3}", 5), ("core{unit}", 5), ("core{x:1}", 5),
      ("core{x:\"true\"}", 5), ("core{x,x}", 7), ("core{unit:a b}", 12), ("core{unit:}", 10), ("core{count:2}", 5),
      ("core{unit:[1]}", 5), ("core{id:{a:1}}", 5), ("[slot/core;slot{a}/core]", 1), ("[core;[gpu]]", 6), ("'core", 0),
      ("=2", 0),
      ("node/[slot=10{read-db}/[core;memory=4{unit:GB}];slot{db}/[blah", 62),
      ("node/[slot=10{read-db}/[core;memory=4{unit:GB}]]]", 48),
    ])
  func refused(shape: String, offset: Int) {
    do throws(SyntaxFault) {
      let resources = try ShapeText.parse(shape)
      Issue.record("\(shape) was taken as \(resources)")
    } catch {
      #expect(error.offset == offset, "\(shape): \(error.text)")
    }
  }

  @Test("Depth, width and length are limited")
  func limits() throws {
    let depth = JobspecLimits.maximumResourceDepth
    _ = try ShapeText.parse(Array(repeating: "a", count: depth).joined(separator: "/"))
    #expect(throws: SyntaxFault.self) {
      try ShapeText.parse(Array(repeating: "a", count: depth + 1).joined(separator: "/"))
    }
    #expect(throws: SyntaxFault.self) { try ShapeText.parse(String(repeating: "[", count: 16_000)) }
    #expect(throws: SyntaxFault.self) { try ShapeText.parse(String(repeating: "a", count: 16_385)) }
    #expect(throws: SyntaxFault.self) {
      try ShapeText.parse("[" + Array(repeating: "a", count: 65).joined(separator: ";") + "]")
    }
  }
}

@Suite struct ShapeSubmissionTests {
  private func jobspec(_ fields: String) throws -> Jobspec {
    let jobspec = try SubmissionRequest.parse(json(submission(fields))).jobspec
    #expect(try Jobspec.parse(jobspec.rendered()) == jobspec)
    return jobspec
  }

  @Test("A shape that version 1 can say becomes version 1, and any other the general form")
  func versions() throws {
    let strict = try jobspec(#""shape":"node=2/slot=3/[core=4;memory=1{unit:GiB}]""#)
    #expect(strict.version == 1)
    #expect(strict.demand == Demand(nodes: 2, totalSlots: 6, coresPerSlot: 4, memoryPerSlot: 1 << 30, taskCount: 6))
    #expect(
      try jobspec(#""shape":"slot=10/core=2""#).rendered() == jobspec(#""ntasks":10,"cores_per_task":2"#).rendered())
    let general = try jobspec(#""shape":"slot=4/node{-x}/socket=2+/core=4+","ntasks":9"#)
    #expect(general.version == 9999 && general.demand.taskCount == 9 && general.taskCountRule == .total(9))
    #expect(general.demand.coresPerSlot == 8)
    #expect(try jobspec(#""shape":"[or_slot{a}/[core=8;gpu];or_slot{a}/core=10]""#).demand.coresPerSlot == 8)
    #expect(try jobspec(#""shape":"slot{main}/core","queue":"q""#).tasks[0].slot == "main")
  }

  @Test(
    "A shape that is wrong, or contradicted, is refused",
    arguments: [
      (#""shape":"slot/""#, ["/shape"]), (#""shape":1"#, ["/shape"]), (#""shape":"node/core""#, ["/shape"]),
      (#""shape":"[slot{a}/core;slot{b}/core]""#, ["/shape"]), (#""shape":"slot/memory=4{unit:G}""#, ["/shape"]),
      (#""shape":"slot/'my type'""#, ["/shape"]),
      (#""shape":"slot/core","nnodes":1,"memory":"1GiB""#, ["/nnodes", "/memory"]),
      (
        #""shape":"slot/core","cores_per_task":1,"gpus_per_task":1,"exclusive":true"#,
        ["/cores_per_task", "/gpus_per_task", "/exclusive"]
      ),
      (#""shape":"slot/core","ntasks":0"#, ["/ntasks"]),
      (#""jobspec":{},"shape":"slot/core","requires":"a""#, ["/shape", "/requires"]),
    ] as [(String, [String])])
  func refused(fields: String, pointers: [String]) throws {
    let found = try faults(of: submission(fields)).map(\.pointer)
    #expect(found.filter { !$0.hasPrefix("/jobspec") && $0 != "/command" } == pointers)
  }

  @Test("A fault in what the shape stands for names the vertex")
  func messages() throws {
    let fault = try #require(try faults(of: submission(#""shape":"slot/memory=4{unit:G}""#)).first)
    #expect(fault.message.contains("/resources/0/with/0/unit"))
  }
}

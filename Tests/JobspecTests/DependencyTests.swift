import Jobspec
import Testing
import Vocabulary

@Suite("Dependencies of a submission")
struct DependencyTests {
  private let id = JobID(6_731_191_091_817_518)

  private func dependencies(_ list: String) throws -> [Dependency] {
    try SubmissionRequest.parse(json(#"{"command":["true"],"name":"n","dependencies":\#(list)}"#)).jobspec.dependencies
  }

  @Test("Every scheme is read, as text and as an object, and written as RFC 26 has it")
  func schemes() throws {
    let expected: [(String, Dependency)] = [
      ("after", .after(.start, id)), ("afterstart", .after(.start, id)), ("afterany", .after(.end, id)),
      ("afterok", .after(.success, id)), ("afternotok", .after(.failure, id)),
      ("afterexcept", .after(.exception, id)),
    ]
    for (scheme, dependency) in expected {
      #expect(try dependencies(#"["\#(scheme):\#(id.f58)"]"#) == [dependency])
      #expect(try dependencies(#"[{"scheme":"\#(scheme)","value":"\#(id.rawValue)"}]"#) == [dependency])
    }
    let time = Dependency.beginTime(Timestamp(microseconds: 1_700_000_000_250_000))
    #expect(try dependencies(#"["begin-time:1700000000.25","singleton"]"#) == [time, .singleton])
    let request = try SubmissionRequest.parse(
      json(#"{"command":["true"],"dependencies":["afterok:\#(id.f58)","begin-time:5.25"]}"#))
    #expect(
      request.jobspec.attributes["system"]?["dependencies"]
        == .array([
          .object(["scheme": .string("afterok"), "value": .string(id.f58)]),
          .object(["scheme": .string("begin-time"), "value": .string("5.250")]),
        ]))
    #expect(try Jobspec.parse(request.jobspec.rendered()) == request.jobspec, "what is written is read again")
  }

  @Test("Events name dependencies as flux-core does")
  func descriptions() {
    let texts = AfterCondition.allCases.map { Dependency.after($0, id).description.prefix { $0 != "=" } }
    #expect(texts == ["after-start", "after-finish", "after-success", "after-failure", "after-except"])
    #expect(
      Dependency.beginTime(Timestamp(microseconds: 1_700_000_000_007_999)).description == "begin-time=1700000000.007")
  }

  @Test(
    "What is no dependency is refused where it stands",
    arguments: [
      (#"["afterok"]"#, "/dependencies/0"), (#"["afterok:"]"#, "/dependencies/0"),
      (#"["afterok:f0"]"#, "/dependencies/0"), (#"["before:f1"]"#, "/dependencies/0"),
      (#"["singleton:x"]"#, "/dependencies/0"), (#"["begin-time:tomorrow"]"#, "/dependencies/0"),
      (#"["begin-time:-1"]"#, "/dependencies/0"), (#"["begin-time:1e18"]"#, "/dependencies/0"),
      (#"["begin-time:inf"]"#, "/dependencies/0"), (#"["begin-time:nan"]"#, "/dependencies/0"),
      (#"["afterok:f2","afterany:f2"]"#, "/dependencies/1"),
      (#"["begin-time:1","begin-time:2"]"#, "/dependencies/1"),
      (#"[{"scheme":"afterok","value":"x"}]"#, "/dependencies/0/value"),
      (#"[{"scheme":"later","value":"f2"}]"#, "/dependencies/0/scheme"),
      (#"[{"scheme":"afterok","value":"f2","type":"in"}]"#, "/dependencies/0/type"),
      (#"[{"scheme":"afterok"}]"#, "/dependencies/0/value"), ("[7]", "/dependencies/0"), ("{\"a\":1}", "/dependencies"),
      (#""afterok:f2""#, "/dependencies"),
    ])
  func refused(list: String, pointer: String) throws {
    #expect(try refusals(ofList: list).map(\.pointer) == [pointer])
  }

  private func refusals(ofList list: String) throws -> [Fault] {
    try faults(of: #"{"command":["true"],"name":"n","dependencies":\#(list)}"#)
  }

  @Test("A job waits for 256 others and no more")
  func limit() throws {
    func list(_ count: Int) -> String {
      "[" + (1...count).map { #""afterok:\#(JobID(UInt64($0)).f58)""# }.joined(separator: ",") + "]"
    }
    #expect(try dependencies(list(256)).count == 256)
    #expect(try refusals(ofList: list(257)).map(\.pointer) == ["/dependencies"])
  }

  @Test("A job that must be the only one of its name needs a name")
  func singleton() throws {
    let text = #"{"command":["true"],"dependencies":["singleton"]}"#
    #expect(try faults(of: text).map(\.pointer) == ["/dependencies"])
    let whole = #"""
      {"jobspec":{"version":1,"resources":[{"type":"slot","count":1,"label":"t","with":[{"type":"core","count":1}]}],
       "tasks":[{"command":["true"],"slot":"t","count":{"per_slot":1}}],"attributes":{"system":{"duration":0}}},
       "dependencies":["singleton"]}
      """#
    #expect(try faults(of: whole).map(\.pointer) == ["/jobspec/attributes/system/dependencies"])
  }

  @Test("Dependencies beside a whole jobspec are written into it, unless it has others")
  func besideJobspec() throws {
    func body(_ inside: String) -> String {
      #"""
      {"jobspec":{"version":1,"resources":[{"type":"slot","count":1,"label":"t","with":[{"type":"core","count":1}]}],
       "tasks":[{"command":["true"],"slot":"t","count":{"per_slot":1}}],
       "attributes":{"system":{"duration":0\#(inside)}}},"dependencies":["afterok:f2"]}
      """#
    }
    let request = try SubmissionRequest.parse(json(body("")))
    #expect(request.jobspec.dependencies == [.after(.success, JobID(1))] && request.dependencyPlace == "/dependencies")
    let other = #","dependencies":[{"scheme":"afterany","value":"f2"}]"#
    #expect(try faults(of: body(other)).map(\.pointer) == ["/dependencies"])
  }
}

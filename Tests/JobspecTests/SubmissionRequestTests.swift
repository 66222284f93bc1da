import JSONText
import Jobspec
import Testing
import Vocabulary

/// The value of a JSON text that is known to be right.
func json(_ text: String) throws -> JSONValue { try JSONText.parse(Array(text.utf8), limits: .storedValue) }

/// The faults of a submission.
func faults(of text: String, allowsCopies: Bool = false) throws -> [Fault] {
  let value = try json(text)
  do throws(InvalidDocument) {
    _ = try SubmissionRequest.parse(value, allowsCopies: allowsCopies)
    return []
  } catch {
    return error.faults
  }
}

@Suite struct SubmissionRequestTests {
  @Test("The shortest submission is one task on one core without a time limit")
  func shortest() throws {
    let request = try SubmissionRequest.parse(json(#"{"command":["true"]}"#))
    let jobspec = request.jobspec
    #expect(request.urgency == 16 && request.flags.isEmpty && request.copies == nil)
    #expect(jobspec.demand == Demand(nodes: nil, totalSlots: 1, coresPerSlot: 1, taskCount: 1))
    #expect(jobspec.duration == .zero && jobspec.maxAttempts == 1 && jobspec.environment.isEmpty)
    #expect(
      try jobspec.rendered()
        == json(
          #"""
          {"resources":[{"type":"slot","count":1,"with":[{"type":"core","count":1}],"label":"task"}],
           "tasks":[{"command":["true"],"slot":"task","count":{"per_slot":1}}],
           "attributes":{"system":{"duration":0}},"version":1}
          """#))
  }

  @Test("Every short field finds its place in the canonical jobspec")
  func everyField() throws {
    let request = try SubmissionRequest.parse(
      json(
        #"""
        {"command":["a","b"],"nnodes":2,"ntasks":6,"cores_per_task":4,"gpus_per_task":1,"memory":"512MiB",
         "exclusive":true,"time_limit":"1.5m","env":{"A":"1","B":null},"cwd":"/work","stdin":"in",
         "stdout":"o-{{id}}","stderr":"/e","name":"n","queue":"debug","max_attempts":3,"urgency":20,
         "flags":["waitable","debug"],
         "attributes":{"user":{"x":1},"system":{"exec":{"test":{"run_duration":"2s"}},"bank":"b"}}}
        """#))
    let jobspec = request.jobspec
    #expect(
      jobspec.demand
        == Demand(
          nodes: 2, totalSlots: 6, coresPerSlot: 4, gpusPerSlot: 1, memoryPerSlot: 512 << 20,
          exclusiveNodes: true,
          taskCount: 6))
    #expect(jobspec.demand.slotsPerNode == 3)
    #expect(jobspec.taskCountRule == .perSlot(1))
    #expect(jobspec.duration == .seconds(90))
    #expect(jobspec.environment == [.init(name: "A", value: "1"), .init(name: "B", value: nil)])
    #expect(
      jobspec.cwd == "/work" && jobspec.name == "n" && jobspec.queue == "debug" && jobspec.maxAttempts == 3)
    #expect(
      jobspec.standardInput == "in" && jobspec.standardOutput == "o-{{id}}" && jobspec.standardError == "/e")
    #expect(jobspec.mockRunDuration == .seconds(2) && jobspec.system.bank == "b")
    #expect(
      request.urgency == 20 && request.flags == [.waitable, .debug]
        && request.flags.names == ["debug", "waitable"])
    let attributes = try json(
      #"""
      {"user":{"x":1},"system":{"exec":{"test":{"run_duration":"2s"}},"bank":"b","duration":90,"cwd":"/work",
       "environment":{"A":"1","B":null},"job":{"name":"n"},"queue":"debug","max_attempts":3,
       "shell":{"options":{"input":{"stdin":{"type":"file","path":"in"}},
        "output":{"stdout":{"type":"file","path":"o-{{id}}"},"stderr":{"type":"file","path":"/e"}}}}}}
      """#)
    #expect(JSONValue.object(jobspec.attributes) == attributes)
  }

  @Test(
    "What the short form builds, the full form reads in the same way",
    arguments: [
      #""nnodes":4"#, #""ntasks":7"#, #""nnodes":4,"ntasks":5"#, #""nnodes":3,"ntasks":9,"exclusive":true"#,
      #""memory":1000000000,"gpus_per_task":2"#, #""memory":"3GB","cores_per_task":8"#, #""time_limit":0.25"#,
      #""time_limit":"inf""#, #""stdout":"x","env":{"A":"b"},"cwd":"/","name":"é""#,
    ])
  func agreesWithFullForm(fields: String) throws {
    let short = try SubmissionRequest.parse(json(submission(fields))).jobspec
    let full = try Jobspec.parse(short.rendered())
    #expect(full == short)
    #expect(full.demand == short.demand)
    #expect(full.system == short.system)
    #expect(full.rendered() == short.rendered())
    var writer = PackedWriter()
    short.pack(into: &writer)
    var reader = PackedReader(writer.bytes)
    let unpacked = try Jobspec(unpacking: &reader)
    #expect(
      reader.isAtEnd && unpacked == short && unpacked.demand == short.demand
        && unpacked.system == short.system)
  }

  @Test("Tasks that do not divide evenly get slots rounded up and a total")
  func unevenTasks() throws {
    let jobspec = try SubmissionRequest.parse(json(submission(#""nnodes":4,"ntasks":5"#))).jobspec
    #expect(jobspec.demand == Demand(nodes: 4, totalSlots: 8, coresPerSlot: 1, taskCount: 5))
    #expect(jobspec.taskCountRule == .total(5))
  }

  @Test(
    "A field out of place is refused where it stands",
    arguments: [
      (#""exclusive":true"#, ["/exclusive"]), (#""nnodes":4,"ntasks":3"#, ["/ntasks"]),
      (#""memory":"4G""#, ["/memory"]),
      (#""memory":0"#, ["/memory"]), (#""memory":"9000000TiB""#, ["/memory"]),
      (#""memory":1.5"#, ["/memory"]),
      (#""urgency":32"#, ["/urgency"]), (#""urgency":-1"#, ["/urgency"]),
      (#""flags":["fast"]"#, ["/flags/0"]),
      (#""flags":"debug""#, ["/flags"]), (#""max_attempts":0"#, ["/max_attempts"]), (#""cc":"0-9""#, ["/cc"]),
      (#""time_limit":60,"attributes":{"system":{"duration":60}}"#, ["/time_limit"]),
      (#""name":"n","attributes":{"system":{"job":{"name":"m"}}}"#, ["/name"]),
      (
        #""stdout":"x","attributes":{"system":{"shell":{"options":{"output":{"stdout":{"path":"y"}}}}}}"#,
        ["/stdout"]
      ),
      (
        #""attributes":{"system":{"dependencies":[{"scheme":"before","value":"f2"}]}}"#,
        ["/attributes/system/dependencies/0/scheme"]
      ),
      (#""attributes":{"extra":{}}"#, ["/attributes/extra"]),
      (#""nnodes":0,"ntasks":"x","cwd":1,"nme":"n""#, ["/nme", "/nnodes", "/ntasks", "/cwd"]),
    ])
  func refused(fields: String, pointers: [String]) throws {
    #expect(try faults(of: submission(fields)).map(\.pointer) == pointers)
  }

  @Test("Attributes nested deeper than stored ones may be are refused, whoever made the value")
  func depth() throws {
    func nested(_ levels: Int) -> JSONValue {
      (0..<levels).reduce(JSONValue.null) { value, _ in .array([value]) }
    }
    // `attributes` and `user` are the first two levels.
    for (levels, isAccepted) in [(30, true), (31, false), (10_000, false)] {
      let request: JSONValue = .object([
        "command": .array([.string("a")]), "attributes": .object(["user": .object(["x": nested(levels)])]),
      ])
      #expect(((try? SubmissionRequest.parse(request)) != nil) == isAccepted)
    }
  }

  @Test("A null field counts as not given")
  func nulls() throws {
    let text = submission(#""nnodes":null,"memory":null,"time_limit":null,"urgency":null,"jobspec":null"#)
    #expect(try faults(of: text).isEmpty)
  }

  @Test("A misspelt field is answered with the right name")
  func nearNames() throws {
    #expect(try faults(of: submission(#""ntask":2"#)).first?.message.contains("\"ntasks\"") == true)
    #expect(
      try faults(of: submission(#""core_per_task":2"#)).first?.message.contains("\"cores_per_task\"") == true)
    #expect(try faults(of: submission(#""zzzzzz":2"#)).first?.message.contains("did you mean") == false)
  }

  @Test("At most 32 faults are reported, and a document full of them is still refused")
  func faultLimit() throws {
    let many = (0..<500).map { "\"x\($0)\":1" }.joined(separator: ",")
    #expect(try faults(of: "{\(many)}").count == JobspecLimits.maximumFaults)
  }
}

@Suite struct WholeJobspecSubmissionTests {
  @Test("Queue and attempts beside a whole jobspec are written into it")
  func beside() throws {
    let text = #"{"jobspec":\#(document()),"queue":"q","max_attempts":5,"urgency":0}"#
    let request = try SubmissionRequest.parse(json(text))
    #expect(request.jobspec.queue == "q" && request.jobspec.maxAttempts == 5 && request.urgency == 0)
    #expect(request.jobspec.attributes["system"]?["queue"] == .string("q"))
  }

  @Test("What contradicts the jobspec or belongs to the short form is refused")
  func contradictions() throws {
    let inside = document(system: #""queue":"a""#)
    #expect(try faults(of: #"{"jobspec":\#(inside),"queue":"b"}"#).map(\.pointer) == ["/queue"])
    #expect(try faults(of: #"{"jobspec":\#(inside),"queue":"a"}"#).isEmpty)
    #expect(
      try faults(of: #"{"jobspec":\#(inside),"command":["x"],"nnodes":1}"#).map(\.pointer) == [
        "/command", "/nnodes",
      ])
    #expect(try faults(of: #"{"jobspec":{},"queue":""}"#).map(\.pointer).contains("/queue"))
  }

  @Test("Faults in it are named from the root of the submission")
  func pointers() throws {
    let text = #"{"jobspec":\#(document(slotCount: "0"))}"#
    #expect(try faults(of: text).map(\.pointer) == ["/jobspec/resources/0/count"])
  }
}

@Suite struct CopiesTests {
  @Test("A bulk submission may ask for copies, whose number replaces the tag")
  func copies() throws {
    let text = #"{"command":["run","{cc}","x{cc}y{cc}"],"cc":"0-2,7","stdout":"o.{cc}","env":{"I":"{cc}"}}"#
    let request = try SubmissionRequest.parse(json(text), allowsCopies: true)
    #expect(request.copies == Idset([0, 1, 2, 7]))
    let copy = try request.jobspec.copy(7)
    #expect(copy.command == ["run", "7", "x7y7"])
    #expect(copy.standardOutput == "o.7" && copy.environment == [.init(name: "I", value: "7")])
    #expect(copy.demand == request.jobspec.demand)
  }

  @Test("Copies without the tag are one and the same jobspec")
  func identical() throws {
    let request = try SubmissionRequest.parse(json(#"{"command":["run"],"cc":"0-9"}"#), allowsCopies: true)
    #expect(try request.jobspec.copy(3) == request.jobspec)
  }

  @Test("Sets that are no sets, empty or too large are refused", arguments: ["", "a", "3-1", "0-1000000"])
  func refused(set: String) throws {
    #expect(try faults(of: submission("\"cc\":\"\(set)\""), allowsCopies: true).map(\.pointer) == ["/cc"])
  }
}

import JSONText
import Jobspec
import Testing
import Vocabulary

@Suite("The distribution of tasks") struct TaskDistributionTests {
  /// A submission of 8 tasks, on two nodes unless told otherwise.
  private func parsed(_ taskmap: String, _ shape: String = #""nnodes":2"#) throws(InvalidDocument) -> Jobspec {
    let text = submission(
      #""ntasks":8,\#(shape),"attributes":{"system":{"shell":{"options":{"taskmap":\#(taskmap)}}}}"#)
    guard let value = try? JSONText.parse(Array(text.utf8)) else { preconditionFailure("\(text) is JSON") }
    return try SubmissionRequest.parse(value).jobspec
  }

  @Test("is by block, cyclic with a stride, or a map, as Flux writes it")
  func schemes() throws {
    func read(_ text: String) throws -> TaskDistribution { try parsed(text).taskDistribution }
    #expect(try read(#"{"scheme":"block"}"#) == .block && read(#"{"scheme":"block","value":""}"#) == .block)
    #expect(try read(#"{"scheme":"cyclic"}"#) == .cyclic(stride: 1))
    #expect(try read(#"{"scheme":"cyclic","value":"3"}"#) == .cyclic(stride: 3))
    #expect(try read(#"{"scheme":"cyclic","value":3}"#) == .cyclic(stride: 3))
    let map = TaskDistribution.manual(try Taskmap(parsing: "[[0,2,2,2]]"))
    #expect(try read(#"{"scheme":"manual","value":"[[0,2,2,2]]"}"#) == map)
    #expect(try read(#"{"scheme":"manual","value":[[0,2,2,2]]}"#) == map)
    #expect(try read(#"{"scheme":"manual","value":{"version":1,"map":[[0,2,2,2]]}}"#) == map)
    #expect(try Jobspec.parse(JSONText.parse(Array(document().utf8))).taskDistribution == .block)
  }

  @Test(
    "is refused with the place and the reason",
    arguments: [
      (#""cyclic""#, "", "must be an object"), ("{}", "/scheme", "is required"),
      (#"{"scheme":1}"#, "/scheme", "must be a string"), (#"{"scheme":"hostfile"}"#, "/scheme", "\"cyclic\""),
      (#"{"scheme":"block","value":"1"}"#, "/value", "does not go with"),
      (#"{"scheme":"block","vlaue":"1"}"#, "/vlaue", "did you mean \"value\"?"),
      (#"{"scheme":"cyclic","value":"0"}"#, "/value", "from 1 to"),
      (#"{"scheme":"cyclic","value":"x"}"#, "/value", "from 1 to"),
      (#"{"scheme":"manual"}"#, "/value", "is required by the scheme"),
      (#"{"scheme":"manual","value":"[[0,2,4]]"}"#, "/value", "must be a map of RFC 34"),
      (#"{"scheme":"manual","value":"[[0,65536,65536,1]]"}"#, "/value", "more tasks than can be counted"),
      (#"{"scheme":"manual","value":"[[0,2,2,1]]"}"#, "/value", "a map of 4 tasks, but the job has 8"),
      (#"{"scheme":"manual","value":"[[1,2,4,1]]"}"#, "/value", "each of the job's nodes, 0-1,"),
      (#"{"scheme":"manual","value":"[[0,1,8,1]]"}"#, "/value", "each of the job's nodes, 0-1,"),
    ])
  func faults(taskmap: String, pointer: String, reason: String) throws {
    let refusal = #expect(throws: InvalidDocument.self) { _ = try parsed(taskmap) }
    let fault = try #require(refusal?.faults.first)
    #expect(fault.pointer == "/attributes/system/shell/options/taskmap" + pointer && fault.message.contains(reason))
    #expect(refusal?.faults.count == 1)
  }

  @Test("by a map wants the number of nodes, also in a whole jobspec")
  func nodesUnknown() throws {
    let refusal = #expect(throws: InvalidDocument.self) {
      _ = try parsed(#"{"scheme":"manual","value":"[[0,1,8,1]]"}"#, #""cores_per_task":1"#)
    }
    #expect(refusal?.faults.first?.message.contains("asks for a number of nodes") == true)
    let options = #""shell":{"options":{"taskmap":{"scheme":"manual","value":"[[0,1,2,1]]"}}}"#
    let whole = #expect(throws: InvalidDocument.self) {
      _ = try Jobspec.parse(try JSONText.parse(Array(document(system: options).utf8)))
    }
    #expect(whole?.faults.map(\.pointer) == ["/attributes/system/shell/options/taskmap/value"])
  }

  @Test("deals out every task once, and to each node as many as by blocks unless a map says otherwise")
  func dealing() throws {
    let blocks = [0, 0, 0, 0, 1, 1, 2]
    func dealt(_ distribution: TaskDistribution) -> [Int] { distribution.nodes(dealtAs: blocks, nodeCount: 3) }
    #expect(dealt(.block) == blocks)
    #expect(dealt(.cyclic(stride: 1)) == [0, 1, 2, 0, 1, 0, 0])
    #expect(dealt(.cyclic(stride: 2)) == [0, 0, 1, 1, 2, 0, 0])
    #expect(dealt(.cyclic(stride: 1_000_000)) == blocks)
    #expect(dealt(.manual(try Taskmap(parsing: "[[1,2,1,3],[0,1,1,1]]"))) == [1, 2, 1, 2, 1, 2, 0])
    // Of a job that has changed since: what fits no more is not followed.
    #expect(dealt(.manual(try Taskmap(parsing: "[[0,3,2,1]]"))) == blocks)
    #expect(dealt(.manual(try Taskmap(parsing: "[[3,1,7,1]]"))) == blocks)
  }
}

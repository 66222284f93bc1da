import ArgumentParser
import Vocabulary

/// What a request that is no job asks for, in the options of `submit`.
struct RequestedResources: ParsableArguments {
  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("ntasks")],
    help: ArgumentHelp("How many tasks' worth.", valueName: "count"))
  var taskCount: Int?

  @Option(
    name: [.customShort("N", allowingJoined: true), .customLong("nodes")],
    help: ArgumentHelp("On how many nodes.", valueName: "count"))
  var nodeCount: Int?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("Cores for each task. Default: 1.", valueName: "count"))
  var coresPerTask: Int?

  @Option(
    name: [.customShort("g", allowingJoined: true), .long],
    help: ArgumentHelp("GPUs for each task.", valueName: "count"))
  var gpusPerTask: Int?

  @Option(help: ArgumentHelp("Memory for each task, such as 512M or 4G.", valueName: "size"))
  var memory: String?

  @Flag(name: [.customShort("x"), .long], help: "Whole nodes.")
  var exclusive = false

  @Option(help: ArgumentHelp("Resources in Flux's compact form, instead of the options above.", valueName: "shape"))
  var shape: String?

  @Option(help: ArgumentHelp("Which nodes will do, as a query.", valueName: "query"))
  var requires: String?

  /// As members of a submission.
  func put(into body: inout JSONObject) {
    for (name, number) in [
      ("ntasks", taskCount), ("nnodes", nodeCount), ("cores_per_task", coresPerTask), ("gpus_per_task", gpusPerTask),
    ] {
      if let number { body[name] = .integer(Int64(number)) }
    }
    for (name, text) in [("memory", memory), ("shape", shape), ("requires", requires)] {
      if let text { body[name] = .string(text) }
    }
    if exclusive { body["exclusive"] = .bool(true) }
  }
}

import ArgumentParser
import Vocabulary

/// Which resources are asked for, by a job or by a question: the options that all such commands share, named as Flux
/// names them.
struct ResourceOptions: ParsableArguments {
  @Option(
    name: [.customShort("n", allowingJoined: true), .customLong("ntasks")],
    help: ArgumentHelp("How many tasks; each is one run of the command. Default: 1.", valueName: "count"))
  var taskCount: Count?

  @Option(
    name: [.customShort("N", allowingJoined: true), .customLong("nodes")],
    help: ArgumentHelp("How many nodes to spread the tasks over.", valueName: "count"))
  var nodeCount: Count?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("Cores for each task. Default: 1.", valueName: "count"))
  var coresPerTask: Count?

  @Option(
    name: [.customShort("g", allowingJoined: true), .long],
    help: ArgumentHelp("GPUs for each task.", valueName: "count"))
  var gpusPerTask: Count?

  @Option(help: ArgumentHelp("Memory for each task, such as 512MiB or 4GB.", valueName: "size"))
  var memory: String?

  @Flag(name: [.customShort("x"), .long], help: "Take whole nodes, shared with no other job.")
  var exclusive = false

  @Option(
    help: ArgumentHelp(
      "Resources in Flux's compact form, such as 'node=2/slot=4/[core=2;gpu]', instead of the options above.",
      valueName: "shape"))
  var shape: String?

  @Option(
    help: ArgumentHelp(
      "Which nodes will do: properties, hostlist:NAMES, rank:IDS, with and, or, not. Given often, all must hold.",
      valueName: "query"))
  var requires: [String] = []

  /// As members of a submission.
  func put(into body: inout JSONObject) throws(ValidationError) {
    for (name, count) in [
      ("ntasks", taskCount), ("nnodes", nodeCount), ("cores_per_task", coresPerTask), ("gpus_per_task", gpusPerTask),
    ] {
      if let count { body[name] = .integer(Int64(try count.number)) }
    }
    let query = requires.count > 1 ? requires.map { "(\($0))" }.joined(separator: " ") : requires.first
    // Without a unit it is bytes.
    if let memory { body["memory"] = Int64(memory).map { .integer($0) } ?? .string(memory) }
    for (name, text) in [("shape", shape), ("requires", query)] {
      if let text { body[name] = .string(text) }
    }
    if exclusive { body["exclusive"] = .bool(true) }
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct QueueDefineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "define", abstract: "Make a queue, or change what is named of one.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("The queue; default is for jobs that name none.", valueName: "queue"))
  var name: String

  @Option(help: ArgumentHelp("fcfs, easy, conservative, or hybrid:N.", valueName: "policy"))
  var policy: String?

  @Option(
    help: ArgumentHelp("Which of many resources jobs get: first, low, high, locality and others.", valueName: "policy"))
  var matchPolicy: String?

  @Option(help: ArgumentHelp("Which nodes its jobs may use, such as ssd or hostlist:node[0-3].", valueName: "query"))
  var requires: String?

  @Option(help: ArgumentHelp("The longest time limit, such as 12h.", valueName: "time"))
  var maxTime: String?

  @Option(help: ArgumentHelp("For jobs that name no time limit.", valueName: "time"))
  var defaultTime: String?

  @Option(help: ArgumentHelp("At most so many nodes a job.", valueName: "count"))
  var maxNodes: Int?

  @Option(help: ArgumentHelp("At least so many nodes a job.", valueName: "count"))
  var minNodes: Int?

  @Option(help: ArgumentHelp("At most so many cores a job.", valueName: "count"))
  var maxCores: Int?

  @Option(name: .customLong("max-gpus"), help: ArgumentHelp("At most so many GPUs a job.", valueName: "count"))
  var maxGPUs: Int?

  @Option(help: ArgumentHelp("Added to the priority of its jobs.", valueName: "number"))
  var priority: Int?

  @Flag(help: "Print the queue as JSON.")
  var json = false

  func run() throws {
    let client = try connection.client()
    let isNew = try !client.queues().contains { $0["name"]?.string == name }
    let queue = try client.changeQueue(name, body, isWhole: isNew)
    json ? Console.json(queue) : Console.lines(PropertyList.lines(queue, terminal: .output))
  }

  private var body: JSONObject {
    var body: JSONObject = [:]
    if let policy { body["policy"] = .string(policy) }
    if let matchPolicy { body["match_policy"] = .string(matchPolicy) }
    if let requires { body["requires"] = .string(requires) }
    if let defaultTime { body["default_duration"] = .string(defaultTime) }
    if let priority { body["priority"] = .integer(Int64(priority)) }
    var limits: JSONObject = [:]
    if let maxTime { limits["duration"] = .string(maxTime) }
    for (name, value) in [
      ("max_nodes", maxNodes), ("min_nodes", minNodes), ("max_cores", maxCores), ("max_gpus", maxGPUs),
    ] {
      if let value { limits[name] = .integer(Int64(value)) }
    }
    if !limits.isEmpty { body["limits"] = .object(limits) }
    return body
  }
}

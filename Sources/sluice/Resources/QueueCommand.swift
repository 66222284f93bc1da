import APIClient
import ArgumentParser
import Vocabulary

struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "Look at the queues, stop and start them, and say what they take.",
    discussion: """
      Jobs that name no queue are in the one called default. A disabled queue takes no new jobs; a stopped one gives \
      its jobs no resources.

      EXAMPLES
        sluice queue list
        sluice queue define debug --policy=easy --requires=ssd --max-nodes=4 --max-time=30m
        sluice queue stop debug --message="upgrade at noon"
        sluice queue start --all
      """,
    subcommands: [
      QueueListCommand.self, QueueStatusCommand.self, QueueStartCommand.self, QueueStopCommand.self,
      QueueEnableCommand.self, QueueDisableCommand.self, QueueDefineCommand.self, QueueRemoveCommand.self,
    ])
}

struct QueueListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the queues and what they take.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.customShort("n"), .long], help: "Leave out the headings.")
  var noHeader = false

  @Flag(help: "Print the queues as JSON.")
  var json = false

  func run() throws {
    let queues = try connection.client().queues()
    if json { return Console.json(.object(["queues": .array(queues)])) }
    var table = Table([
      .init("QUEUE", maximumWidth: 24), .init("EN"), .init("ST"), .init("POLICY"), .init("PENDING", .right),
      .init("RUNNING", .right), .init("TLIMIT", .right), .init("NNODES", .right), .init("NCORES", .right),
      .init("REQUIRES", maximumWidth: 60),
    ])
    for queue in queues {
      table.append([
        .init(JobTable.text(queue["name"])), Self.mark(queue["enabled"]), Self.mark(queue["started"]),
        .init(JobTable.text(queue["policy"])), .init(JobTable.text(queue["pending"])),
        .init(JobTable.text(queue["running"])),
        .init(queue["limits"]?["duration"]?.number.map { JobTable.duration($0) } ?? "inf"),
        .init(Self.range(queue, "nodes")), .init(Self.range(queue, "cores")),
        .init(queue["requires"].flatMap { $0 == .null ? nil : $0.jsonText } ?? ""),
      ])
    }
    Console.lines(table.lines(for: .output, withHeader: !noHeader))
  }

  private static func mark(_ value: JSONValue?) -> Table.Cell {
    value?.bool == true ? .init("✔", .green) : .init("✗", .red)
  }

  private static func range(_ queue: JSONValue, _ name: String) -> String {
    let least = queue["limits"]?["min_\(name)"]?.integer ?? 0
    return "\(least)-" + (queue["limits"]?["max_\(name)"]?.integer.map(String.init) ?? "inf")
  }
}

struct QueueStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say whether queues take jobs, and start them.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("Only this queue.", valueName: "queue"))
  var name: String?

  func run() throws {
    let queues = try connection.client().queues().filter { name == nil || $0["name"]?.string == name }
    if let name, queues.isEmpty { throw ClientError("There is no queue named \"\(name)\".") }
    for queue in queues {
      let title = JobTable.text(queue["name"])
      func line(_ subject: String, _ isOn: Bool, _ on: String, _ off: String, _ reason: String) {
        let why = queue[reason]?.string.map { ": \($0)" } ?? ""
        Console.line("\(title): \(subject) is \(isOn ? on : off + why)")
      }
      line("Job submission", queue["enabled"]?.bool ?? true, "enabled", "disabled", "disable_reason")
      line("Scheduling", queue["started"]?.bool ?? true, "started", "stopped", "stop_reason")
    }
  }
}

/// Which queues one of the switches is for.
struct QueueSwitchOptions: ParsableArguments {
  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.short, .long], help: "All queues.")
  var all = false

  @Argument(
    help: ArgumentHelp("The queue; without queues of your own there is one, called default.", valueName: "queue"))
  var name: String?

  func validate() throws {
    if all, name != nil { throw ValidationError("--all and a queue exclude each other.") }
  }

  func change(_ body: JSONObject) throws {
    let client = try connection.client()
    let known = try client.queues().compactMap { $0["name"]?.string }
    if name == nil, !all, known.count > 1 {
      throw ValidationError("There are \(known.count) queues; name one, or use --all.")
    }
    for name in name.map({ [$0] }) ?? known { _ = try client.changeQueue(name, body) }
  }
}

struct QueueStartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Let the jobs of a queue get resources.")
  @OptionGroup var options: QueueSwitchOptions
  func run() throws { try options.change(["started": .bool(true)]) }
}

struct QueueStopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Let the jobs of a queue wait. What runs goes on.")
  @OptionGroup var options: QueueSwitchOptions

  @Option(name: [.short, .long], help: ArgumentHelp("Why, for those who wait.", valueName: "text"))
  var message: String?

  func run() throws {
    try options.change(["started": .bool(false), "stop_reason": message.map { .string($0) } ?? .null])
  }
}

struct QueueEnableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "enable", abstract: "Let a queue take jobs.")
  @OptionGroup var options: QueueSwitchOptions
  func run() throws { try options.change(["enabled": .bool(true)]) }
}

struct QueueDisableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disable", abstract: "Let a queue take no more jobs. What is in it goes on.")
  @OptionGroup var options: QueueSwitchOptions

  @Option(name: [.short, .long], help: ArgumentHelp("Why, for those who submit.", valueName: "text"))
  var message: String?

  func run() throws {
    try options.change(["enabled": .bool(false), "disable_reason": message.map { .string($0) } ?? .null])
  }
}

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

  @Option(help: ArgumentHelp("At most so many GPUs a job.", valueName: "count"))
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

struct QueueRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a queue that has no active jobs.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("The queue.", valueName: "queue"))
  var name: String

  func run() throws { try connection.client().removeQueue(name) }
}

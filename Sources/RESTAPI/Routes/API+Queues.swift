import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import Scheduling
import Vocabulary

extension API {
  static var queueRoutes: [Route] {
    [
      Route("GET", "/v1/queues", .none { api, context throws(Problem) in try api.listQueues(context) }),
      Route("GET", "/v1/queues/{name}", .none { api, context throws(Problem) in try api.showQueue(context) }),
      Route(
        "PUT", "/v1/queues/{name}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.changeQueue(context, body, isWhole: true)
        }),
      Route(
        "PATCH", "/v1/queues/{name}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.changeQueue(context, body, isWhole: false)
        }),
      Route("DELETE", "/v1/queues/{name}", .none { api, context throws(Problem) in try api.removeQueue(context) }),
      Route("GET", "/v1/maintenance", .none { api, context throws(Problem) in try api.listMaintenance(context) }),
      Route(
        "PUT", "/v1/maintenance/{name}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.defineMaintenance(context, body)
        }),
      Route(
        "DELETE", "/v1/maintenance/{name}", .none { api, context throws(Problem) in try api.removeMaintenance(context) }
      ),
      Route("GET", "/v1/preemption", .none { api, context throws(Problem) in try api.showPreemption(context) }),
      Route(
        "PUT", "/v1/preemption",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.setPreemption(context, body)
        }),
    ]
  }

  /// The name under which the rules of jobs without a queue are reached.
  private static let unnamedQueue = "default"

  /// What the path names: as jobs name queues, or `default` for jobs that name none.
  private func queueName(_ context: RequestContext) throws(Problem) -> String {
    let name = try pathName(context)
    return name == Self.unnamedQueue ? "" : name
  }

  private func pathName(_ context: RequestContext) throws(Problem) -> String {
    let name = context.parameters.first ?? ""
    guard !name.isEmpty, name.utf8.count <= 128, name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw .notFound
    }
    return name
  }

  // MARK: Queues

  private func listQueues(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    return readLater(context) { [self] () throws(Problem) in
      let state = broker.snapshot
      var counts: [String: (pending: Int, running: Int)] = [:]
      state.jobs.forEach { _, job in
        guard job.within == nil else { return true }
        let name = job.queue ?? ""
        if job.phase.isExecuting {
          counts[name, default: (0, 0)].running += 1
        } else {
          counts[name, default: (0, 0)].pending += 1
        }
        return true
      }
      var rules = state.queues.map(\.value)
      if state.queues[""] == nil { rules.insert(QueueRules(name: ""), at: 0) }
      return Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for rules in rules {
            QueueRendering.write(shown(rules), jobs: counts[rules.name] ?? (0, 0), to: &writer)
          }
        }
        writer.field("position", state.position.text)
      }
    }
  }

  /// Under the name by which it is reached.
  private func shown(_ rules: QueueRules) -> QueueRules {
    rules.name.isEmpty ? rules.renamed(Self.unnamedQueue) : rules
  }

  private func showQueue(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let name = try queueName(context)
    let rules = broker.withSnapshot { $0.queues[name] } ?? (name.isEmpty ? QueueRules(name: "") : nil)
    guard let rules else { throw .notFound }
    return .now(Self.queueAnswer(200, shown(rules), context))
  }

  private static func queueAnswer(_ status: Int, _ rules: QueueRules, _ context: RequestContext) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 512)
    QueueRendering.write(rules, jobs: nil, to: &writer)
    return Answers.json(status, context.requestID, writer.take())
  }

  /// - Parameter isWhole: what is not named is as in a new queue, rather than as it was.
  private func changeQueue(_ context: RequestContext, _ body: [UInt8], isWhole: Bool) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let name = try queueName(context)
    let fields = try ClosedObject(body, allowing: QueueReader.fields)
    try demandOwner(context, "only the instance owner may change queues")
    let old = broker.withSnapshot { $0.queues[name] }
    guard old != nil || isWhole || name.isEmpty else { throw .notFound }
    let base = isWhole ? QueueRules(name: name) : old ?? QueueRules(name: name)
    let rules = try QueueReader.changed(base, fields)
    let command = Command.defineQueue(rules, replacing: old)
    if try query.flag("dry_run") { return try previewed(command, context) }
    let shown = shown(rules)
    return try carryOut(command, context) { Self.queueAnswer(old == nil ? 201 : 200, shown, context) }
  }

  private func removeQueue(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let command = Command.removeQueue(try queueName(context))
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) { Answers.noContent(context.requestID) }
  }

  // MARK: Maintenance

  private func listMaintenance(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let (windows, position) = broker.withSnapshot { ($0.maintenance, $0.position) }
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in for window in windows { QueueRendering.write(window.value, to: &writer) } }
        writer.field("position", position.text)
      })
  }

  private func defineMaintenance(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let name = try pathName(context)
    let fields = try ClosedObject(body, allowing: QueueReader.maintenanceFields)
    let users = broker.withSnapshot { $0.users }
    let window = try QueueReader.window(name, fields, now: broker.ports.now()) { users[$0]?.userID }
    let command = Command.defineMaintenance(window)
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) {
      var writer = JSONWriter(reservingCapacity: 256)
      QueueRendering.write(window, to: &writer)
      return Answers.json(200, context.requestID, writer.take())
    }
  }

  private func removeMaintenance(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let command = Command.removeMaintenance(try pathName(context))
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) { Answers.noContent(context.requestID) }
  }

  // MARK: Preemption

  private func showPreemption(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let policy = broker.withSnapshot { $0.preemption }
    return .now(Answers.object(200, context.requestID) { $0.field("enabled", policy == .on) })
  }

  private func setPreemption(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let fields = try ClosedObject(body, allowing: ["enabled"])
    guard fields.given("enabled") != nil else { throw Problem(invalid: "/enabled", "is required") }
    let isEnabled = try fields.flag("enabled")
    let command = Command.setPreemption(isEnabled ? .on : .off)
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) {
      Answers.object(200, context.requestID) { $0.field("enabled", isEnabled) }
    }
  }
}

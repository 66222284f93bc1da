import Jobspec
import ResourceGraph
import Scheduling
import Vocabulary

/// Turns bodies about queues and maintenance into rules.
enum QueueReader {
  static let fields = [
    "enabled", "disable_reason", "started", "stop_reason", "policy", "match_policy", "requires", "default_duration",
    "priority",
    "limits",
  ]
  private static let limits = [
    "duration", "min_nodes", "max_nodes", "min_cores", "max_cores", "min_gpus", "max_gpus",
  ]
  private static let reasonBytes = 1_024
  private static let longestDuration = TimeSpan.seconds(JobspecLimits.maximumDurationSeconds)

  /// The rules after a change; what is not named stays, `null` takes a limit away.
  static func changed(_ old: QueueRules, _ fields: ClosedObject) throws(Problem) -> QueueRules {
    var rules = old
    if fields.given("enabled") != nil {
      rules.isEnabled = try fields.flag("enabled")
      rules.disableReason = rules.isEnabled ? nil : try fields.text("disable_reason", upTo: reasonBytes)
    } else if fields.value("disable_reason") != nil {
      throw Problem(invalid: "/disable_reason", "goes with enabled: false")
    }
    if fields.given("started") != nil {
      rules.isStarted = try fields.flag("started")
      rules.stopReason = rules.isStarted ? nil : try fields.text("stop_reason", upTo: reasonBytes)
    } else if fields.value("stop_reason") != nil {
      throw Problem(invalid: "/stop_reason", "goes with started: false")
    }
    if let text = try fields.text("policy", upTo: 64) {
      guard let policy = SchedulingPolicy(text) else {
        throw Problem(invalid: "/policy", "must be fcfs, easy, conservative, or hybrid:N with N reservations")
      }
      rules.policy = policy
    }
    if let name = try fields.text("match_policy", upTo: 64) {
      guard let policy = MatchPolicy(named: name) else {
        let known = MatchPolicy.all.map(\.name).joined(separator: ", ")
        throw Problem(invalid: "/match_policy", "must be one of \(known)")
      }
      rules.matchPolicy = policy
    }
    if let value = fields.value("requires") { rules.requires = try constraint(value) }
    if let value = fields.value("default_duration") { rules.defaultDuration = try span(value, "/default_duration") }
    if let priority = try fields.integer("priority", in: -1_000_000...1_000_000) { rules.priority = Int32(priority) }
    if let inner = try fields.object("limits", allowing: limits) { try change(&rules.limits, inner) }
    return rules
  }

  private static func change(_ limits: inout QueueLimits, _ fields: ClosedObject) throws(Problem) {
    if let value = fields.value("duration") { limits.maximumDuration = try span(value, fields.pointer("duration")) }
    try change(&limits.nodes, "nodes", fields)
    try change(&limits.cores, "cores", fields)
    try change(&limits.gpus, "gpus", fields)
  }

  private static func change(
    _ bounds: inout QueueLimits.Bounds, _ name: String, _ fields: ClosedObject
  ) throws(Problem) {
    for (member, path) in [("min_\(name)", \QueueLimits.Bounds.least), ("max_\(name)", \QueueLimits.Bounds.most)]
    where fields.value(member) != nil {
      bounds[keyPath: path] = try fields.integer(member, in: 0...Int64(Int32.max)).map { Int($0) }
    }
    if let least = bounds.least, let most = bounds.most, least > most {
      throw Problem(invalid: fields.pointer("min_\(name)"), "must not be above max_\(name)")
    }
  }

  /// RFC 31 as an object, or RFC 35 as a text; `null`: every host.
  private static func constraint(_ value: JSONValue) throws(Problem) -> Constraint? {
    if value == .null { return nil }
    if let text = value.string {
      do throws(SyntaxFault) { return try ConstraintQuery.parse(text) } catch {
        throw Problem(invalid: "/requires", error.text)
      }
    }
    do throws(InvalidDocument) { return try Constraint.parse(value) } catch {
      throw Problem(invalid: "/requires", error.faults.first?.message ?? "must be a constraint (Flux RFC 31)")
    }
  }

  /// Seconds, or a Flux Standard Duration; `null`: none.
  private static func span(_ value: JSONValue, _ pointer: String) throws(Problem) -> TimeSpan? {
    if value == .null { return nil }
    guard let span = value.span, span > .zero, span <= longestDuration else {
      throw Problem(invalid: pointer, "must be seconds, or a duration such as 1.5h, above zero")
    }
    return span
  }

  // MARK: Maintenance

  static let maintenanceFields = ["ranks", "from", "until", "reason", "users"]

  static func window(
    _ name: String, _ fields: ClosedObject, now: Timestamp, userID: (String) -> UInt32?
  ) throws(Problem) -> MaintenanceWindow {
    let from = try time(fields, "from") ?? now
    let until = try time(fields, "until")
    if let until, until <= max(from, now) { throw Problem(invalid: "/until", "must be later than now and than from") }
    var hosts: Idset?
    if let text = try fields.text("ranks", upTo: 4_096) {
      guard let set = try? Idset(parsing: text), !set.isEmpty else {
        throw Problem(invalid: "/ranks", "must be an idset such as 0-3,7")
      }
      hosts = set
    }
    var users: [UInt32] = []
    for (index, value) in (try fields.list("users", upTo: 1_000) ?? []).enumerated() {
      guard let user = value.integer.flatMap({ UInt32(exactly: $0) }) ?? value.string.flatMap(userID) else {
        throw Problem(invalid: "/users/\(index)", "must be the name or number of a user who was here before")
      }
      users.append(user)
    }
    return MaintenanceWindow(
      name: name, hosts: hosts, from: from, until: until, reason: try fields.text("reason", upTo: reasonBytes) ?? "",
      users: users)
  }

  private static func time(_ fields: ClosedObject, _ name: String) throws(Problem) -> Timestamp? {
    guard let text = try fields.text(name, upTo: 64) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw Problem(invalid: fields.pointer(name), "must be an RFC 3339 time")
    }
    return time
  }
}

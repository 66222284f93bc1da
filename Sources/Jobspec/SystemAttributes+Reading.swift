import Vocabulary

extension SystemAttributes {
  /// Reads what it knows of `attributes.system`; by RFC 14 unknown words are no error.
  ///
  /// A value past a limit is reported *and* kept: records of an earlier, laxer limit stay readable.
  static func read(_ object: JSONObject, _ checker: inout Checker) -> SystemAttributes {
    var system = SystemAttributes()
    for member in object.members {
      checker.within(member.name) { system.readMember(member.name, member.value, &$0) }
    }
    return system
  }

  private mutating func readMember(_ name: String, _ value: JSONValue, _ checker: inout Checker) {
    switch name {
    case "duration": duration = checker.seconds(value) ?? .zero
    case "preemptible-after": preemptibleAfter = checker.seconds(value)
    case "environment": environment = checker.environment(value)
    case "cwd": cwd = checker.directory(value)
    case "queue": queue = checker.queueName(value)
    case "bank": bank = checker.queueName(value)
    case "project": project = checker.queueName(value)
    case "job": readJob(value, &checker)
    case "shell": readShell(value, &checker)
    case "exec": readExec(value, &checker)
    case "max_attempts": maxAttempts = checker.maxAttempts(value) ?? 1
    case "batch": isBatch = value.isNull ? false : checker.bool(value) ?? false
    case "retry": retry = value.isNull ? RetryPolicy() : checker.retryPolicy(value)
    case "constraints": constraint = value.isNull ? nil : checker.constraint(value)
    case "files": files = checker.files(value)
    case "dependencies": dependencies = checker.dependencies(value, takesTexts: false)
    default: break
    }
  }

  /// RFC 14: every value of `job` is a string.
  private mutating func readJob(_ value: JSONValue, _ checker: inout Checker) {
    guard let job = checker.object(value) else { return }
    for member in job.members {
      let text = checker.within(member.name) { checker in
        member.name == "name" ? checker.jobName(member.value) : checker.string(member.value)
      }
      if member.name == "name" { name = text }
    }
  }

  private mutating func readShell(_ value: JSONValue, _ checker: inout Checker) {
    guard let shell = checker.object(value), let options = shell["options"] else { return }
    checker.within("options") { checker in
      guard let options = checker.object(options) else { return }
      readStreams(options, &checker)
      checker.checkShellOptions(options)
      if let mask = options["umask"] { umask = checker.within("umask") { $0.fileMask(mask) } }
      if let map = options["taskmap"] {
        taskDistribution = checker.within("taskmap") { $0.taskDistribution(map) }
      }
      if let limits = options["rlimit"] {
        resourceLimits = checker.within("rlimit") { $0.resourceLimits(limits) }
      }
    }
  }

  private mutating func readStreams(_ options: JSONObject, _ checker: inout Checker) {
    standardInput = checker.streamPath(options, "input", "stdin", isTemplate: false)
    standardOutput = checker.streamPath(options, "output", "stdout", isTemplate: true)
    standardError = checker.streamPath(options, "output", "stderr", isTemplate: true)
    streamedInput = checker.inputReaders(options)
    if let limit = options["output"]?.object?["limit"] {
      outputLimit = checker.within("output") { $0.within("limit") { $0.outputLimit(limit) } }
    }
  }

  private mutating func readExec(_ value: JSONValue, _ checker: inout Checker) {
    guard let exec = checker.object(value), let test = exec["test"] else { return }
    checker.within("test") { checker in
      guard let test = checker.object(test), let duration = test["run_duration"] else { return }
      mockRunDuration = checker.within("run_duration") { $0.flexibleDuration(duration) }
    }
  }
}

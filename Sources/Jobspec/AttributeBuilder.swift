import Vocabulary

/// Makes `attributes` from the short fields of a submission and the `attributes` given beside them.
struct AttributeBuilder {
  private(set) var system: SystemAttributes
  private var systemObject: JSONObject
  private var given: JSONObject

  init(reading fields: SubmissionFields, _ checker: inout Checker) {
    given =
      fields.attributes.flatMap { value in checker.within("attributes") { $0.object(value) } } ?? JSONObject()
    system = SystemAttributes()
    systemObject = JSONObject()
    if !given.isEmpty {
      let given = given
      system = checker.within("attributes") { $0.attributes(given, requiresDuration: false) } ?? system
      systemObject = given["system"]?.object ?? systemObject
    }
    addLife(fields, &checker)
    addStreams(fields, &checker)
  }

  /// The attributes of the canonical jobspec.
  func finished() -> JSONObject {
    guard !given.isEmpty else { return ["system": .object(systemObject)] }
    var attributes = given
    attributes["system"] = .object(systemObject)
    return attributes
  }

  private mutating func addLife(_ fields: SubmissionFields, _ checker: inout Checker) {
    if let value = fields.timeLimit {
      add("time_limit", ["duration"], &checker) { system, checker in
        system.duration = checker.timeLimit(value) ?? .zero
        return .seconds(system.duration)
      }
    } else if systemObject["duration"] == nil {
      systemObject["duration"] = .integer(0)
    }
    if let value = fields.preemptibleAfter {
      add("preemptible_after", ["preemptible-after"], &checker) { system, checker in
        system.preemptibleAfter = checker.runTime(value)
        return .seconds(system.preemptibleAfter ?? .zero)
      }
    }
    if let value = fields.cwd {
      add("cwd", ["cwd"], &checker) { system, checker in
        system.cwd = checker.directory(value)
        return value
      }
    }
    if let value = fields.env {
      add("env", ["environment"], &checker) { system, checker in
        system.environment = checker.environment(value)
        return value
      }
    }
    if let value = fields.name {
      add("name", ["job", "name"], &checker) { system, checker in
        system.name = checker.jobName(value)
        return value
      }
    }
    addPlacement(fields, &checker)
  }

  private mutating func addPlacement(_ fields: SubmissionFields, _ checker: inout Checker) {
    if let value = fields.queue {
      add("queue", ["queue"], &checker) { system, checker in
        system.queue = checker.queueName(value)
        return value
      }
    }
    if let value = fields.requires {
      add("requires", ["constraints"], &checker) { system, checker in
        system.constraint = checker.requirement(value)
        return system.constraint?.rendered() ?? .null
      }
    }
    if let value = fields.retry {
      add("retry", ["retry"], &checker) { system, checker in
        system.retry = checker.retryPolicy(value)
        return value
      }
    }
    if let value = fields.dependencies {
      add("dependencies", ["dependencies"], &checker) { system, checker in
        system.dependencies = checker.dependencies(value, takesTexts: true)
        return .array(system.dependencies.map(\.rendered))
      }
    }
    if let value = fields.maxAttempts {
      add("max_attempts", ["max_attempts"], &checker) { system, checker in
        system.maxAttempts = checker.maxAttempts(value) ?? 1
        return value
      }
    }
  }

  private mutating func addStreams(_ fields: SubmissionFields, _ checker: inout Checker) {
    if let value = fields.stdin {
      add("stdin", ["shell", "options", "input", "stdin"], &checker) { system, checker in
        system.standardInput = checker.streamFile(value, isTemplate: false)
        return .file(value)
      }
    }
    if let value = fields.stdout {
      add("stdout", ["shell", "options", "output", "stdout"], &checker) { system, checker in
        system.standardOutput = checker.streamFile(value, isTemplate: true)
        return .file(value)
      }
    }
    if let value = fields.stderr {
      add("stderr", ["shell", "options", "output", "stderr"], &checker) { system, checker in
        system.standardError = checker.streamFile(value, isTemplate: true)
        return .file(value)
      }
    }
  }

  /// Writes what `read` makes of a field to `path` under `attributes.system`, unless something is there.
  private mutating func add(
    _ field: String, _ path: [String], _ checker: inout Checker,
    read: (inout SystemAttributes, inout Checker) -> JSONValue
  ) {
    if systemObject.value(at: path[...]) != nil {
      checker.report(at: field, "is also given as attributes.system.\(path.joined(separator: "."))")
      return
    }
    let value = checker.within(field) { read(&system, &$0) }
    systemObject.set(value, at: path[...])
  }
}

extension JSONValue {
  /// How Flux's shell is told to use a file for a stream.
  fileprivate static func file(_ path: JSONValue) -> JSONValue {
    .object(["type": .string("file"), "path": path])
  }

  /// Whole seconds as an integer: short, and exact at any size.
  fileprivate static func seconds(_ span: TimeSpan) -> JSONValue {
    span.microseconds % 1_000_000 == 0 ? .integer(span.microseconds / 1_000_000) : .real(span.seconds)
  }
}

extension JSONObject {
  fileprivate func value(at path: ArraySlice<String>) -> JSONValue? {
    guard let first = path.first, let value = self[first] else { return nil }
    return path.count == 1 ? value : value.object?.value(at: path.dropFirst())
  }

  /// Makes the objects that are missing on the way.
  fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
    guard let first = path.first else { return }
    guard path.count > 1 else { return self[first] = value }
    var child = self[first]?.object ?? JSONObject()
    child.set(value, at: path.dropFirst())
    self[first] = .object(child)
  }
}

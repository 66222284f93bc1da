import Vocabulary

/// The members of a submission, sorted out but not yet read; `null` means that a field is not given.
struct SubmissionFields {
  var command: JSONValue?
  var nnodes: JSONValue?
  var ntasks: JSONValue?
  var coresPerTask: JSONValue?
  var gpusPerTask: JSONValue?
  var memory: JSONValue?
  var exclusive: JSONValue?
  var shape: JSONValue?
  var requires: JSONValue?
  var timeLimit: JSONValue?
  var preemptibleAfter: JSONValue?
  var env: JSONValue?
  var cwd: JSONValue?
  var stdin: JSONValue?
  var stdout: JSONValue?
  var stderr: JSONValue?
  var name: JSONValue?
  var attributes: JSONValue?
  var queue: JSONValue?
  var maxAttempts: JSONValue?
  var dependencies: JSONValue?
  var retry: JSONValue?
  var jobspec: JSONValue?
  var urgency: JSONValue?
  var flags: JSONValue?
  var within: JSONValue?
  /// Short fields that were given, for the case that a whole jobspec is given too.
  private(set) var shortNames: [String] = []

  static let names = [
    "command", "nnodes", "ntasks", "cores_per_task", "gpus_per_task", "memory", "exclusive", "shape", "requires",
    "time_limit", "preemptible_after", "env", "cwd", "stdin", "stdout", "stderr", "name", "attributes", "jobspec",
    "queue", "max_attempts", "retry", "dependencies", "urgency", "flags", "within",
  ]

  /// Whether the member is one of a submission.
  mutating func take(_ member: JSONObject.Member) -> Bool {
    let value = member.value.isNull ? nil : member.value
    switch member.name {
    case "jobspec": jobspec = value
    case "urgency": urgency = value
    case "flags": flags = value
    case "within": within = value
    case "queue": queue = value
    case "max_attempts": maxAttempts = value
    case "dependencies": dependencies = value
    case "retry": retry = value
    default:
      guard takeShort(member.name, value) else { return false }
      if value != nil { shortNames.append(member.name) }
    }
    return true
  }

  private mutating func takeShort(_ name: String, _ value: JSONValue?) -> Bool {
    switch name {
    case "command": command = value
    case "nnodes": nnodes = value
    case "ntasks": ntasks = value
    case "cores_per_task": coresPerTask = value
    case "gpus_per_task": gpusPerTask = value
    case "memory": memory = value
    case "exclusive": exclusive = value
    case "shape": shape = value
    case "requires": requires = value
    case "time_limit": timeLimit = value
    case "preemptible_after": preemptibleAfter = value
    case "env": env = value
    case "cwd": cwd = value
    case "stdin": stdin = value
    case "stdout": stdout = value
    case "stderr": stderr = value
    case "name": self.name = value
    case "attributes": attributes = value
    default: return false
    }
    return true
  }
}

import APIClient
import ArgumentParser
import JSONText
import Vocabulary

/// What to run and what it needs: the options that `submit` and `run` share, named as Flux names them.
struct SubmissionOptions: ParsableArguments {
  @OptionGroup var resources: ResourceOptions

  @Option(
    name: [.customShort("t", allowingJoined: true), .long],
    help: ArgumentHelp(
      "End the job after this time: minutes, or a number with s, m, h or d.", valueName: "time"))
  var timeLimit: String?

  @Option(help: ArgumentHelp("A name to find the job by.", valueName: "name"))
  var jobName: String?

  @Option(
    name: [.customShort("q", allowingJoined: true), .long],
    help: ArgumentHelp("The queue to submit to.", valueName: "name"))
  var queue: String?

  @Option(
    help: ArgumentHelp("0 (held) to 31 (at once); default 16. Also: hold, default, expedite.", valueName: "n")
  )
  var urgency: String?

  @Option(
    help: ArgumentHelp(
      "Start only when this holds: afterok:ID, afterany:ID, afternotok:ID, afterstart:ID, afterexcept:ID, "
        + "begin-time:SECONDS, singleton. May be given often.", valueName: "scheme:value"))
  var dependency: [String] = []

  @Option(
    help: ArgumentHelp(
      "Start no earlier: +TIME from now, such as +30m, or a time such as 2027-01-31T08:00:00Z.",
      valueName: "time"))
  var beginTime: String?

  @Option(
    help: ArgumentHelp(
      "Run on what this running job of yours holds, and end with it; none: on resources of its own. Default: the "
        + "batch job in which you call this, or none.", valueName: "id"))
  var within: String?

  @Option(help: ArgumentHelp("Run in this folder instead of the current one.", valueName: "folder"))
  var cwd: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Change what the job gets of your environment: NAME=VALUE sets, -PATTERN removes, PATTERN takes, "
        + "^FILE reads such rules from a file.",
      discussion:
        "May be given often; applied in order. Variables that begin with SLUICE_ or FLUX_ are not sent.",
      valueName: "rule"))
  var env: [String] = []

  @Option(
    name: .shortAndLong, help: ArgumentHelp("A file that the tasks read as standard input.", valueName: "file"))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "A file for standard output; {{id}}, {{name}} and {{taskid}} stand for what they say.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("A file for standard error; the same names.", valueName: "file"))
  var error: String?

  @Flag(
    name: .shortAndLong,
    help: "Show what tasks write as they write it: their lines may mix then, and the beginnings of lines are seen.")
  var unbuffered = false

  @Option(
    help: ArgumentHelp(
      "A file that travels with the job, to be found at {{tmpdir}}/NAME. May be given often.",
      discussion: "Without NAME it keeps its own. Small files only; a text of several lines after NAME= is one too.",
      valueName: "[name=]path"))
  var addFile: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set an attribute of the jobspec; the value is JSON or else text.",
      discussion: "KEY is a dotted path under attributes.system, or begins with system. or user.",
      valueName: "key=value"))
  var setattr: [String] = []

  @Option(
    name: [.customShort("o", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set an option of the job's shell: pmi=off, exit-timeout=90s, exit-on-error, …", valueName: "key=value"))
  var setopt: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set a resource limit: NAME=VALUE, or NAME for the one that you have, such as nofile=4096, core=unlimited.",
      discussion:
        "May be given often, or with commas; applied in order. Names may have * and ?; -NAME takes one away again. "
        + "They are soft limits: a job may raise them. Those that are not named are the broker's.",
      valueName: "rule"))
  var rlimit: [String] = []

  @Option(
    help: ArgumentHelp(
      "Deal the tasks out to the nodes by block (the default), cyclic, cyclic:STRIDE, or manual:MAP.",
      discussion: "MAP is one of RFC 34, such as '[[0,2,4,1]]', of all tasks on all nodes of -N.",
      valueName: "scheme[:value]"))
  var taskmap: String?

  @Option(
    help: ArgumentHelp(
      "Send the job a signal so long before its time limit ends it, such as USR1@2m, TERM or @5m. Default: "
        + "USR1@60s.", valueName: "signal@time"))
  var signal: String?

  @Option(help: ArgumentHelp("Flags, separated by commas: debug, waitable, novalidate.", valueName: "flags"))
  var flags: [String] = []

  @Option(
    help: ArgumentHelp("How often the job may be started again after its host was lost.", valueName: "count"))
  var maxAttempts: Int?

  @Option(
    help: ArgumentHelp(
      "After which ends to try again: lost, timeout, exit:CODES, signal:NUMBER, separated by commas.",
      discussion: "Goes with --max-attempts.", valueName: "ends"))
  var retryOn: String?

  @Option(help: ArgumentHelp("How long to wait before another attempt, such as 10s.", valueName: "time"))
  var retryBackoff: String?

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command, with its own options after it.", valueName: "command"))
  var command: [String] = []

  mutating func validate() throws {
    // "--" may stand before the command, to let it begin with a dash.
    if command.first == "--" {
      command.removeFirst()
    } else if let first = command.first, first.hasPrefix("-") {
      throw ValidationError("Unknown option '\(first)'. Put '--' before a command that begins with a dash.")
    }
    _ = try EnvironmentRules(env.filter { !$0.hasPrefix("^") })
    // What is read of other options may have places that inputs fill: it is looked at with the whole request.
    _ = try Self.attributes(setattr + setopt.map { "shell.options." + $0 })
  }

  /// For commands that run nothing without one.
  func requireCommand() throws(ValidationError) {
    guard !command.isEmpty else { throw ValidationError("There is no command to run.") }
  }

  /// The body of a submission, as the API takes it.
  func request(environment: [String: String], folder: String?) throws -> JSONObject {
    var body = try request(folder: folder)
    body["env"] = .object(try variables(of: environment))
    return body
  }

  /// What the job gets of the caller's variables.
  func variables(of environment: [String: String]) throws -> JSONObject {
    let variables = try EnvironmentRules(env, reading: Self.lines).applied(to: environment).sorted { $0.key < $1.key }
    return JSONObject(uniqueMembers: variables.map { .init(name: $0.key, value: .string($0.value)) })
  }

  /// Rules of a file, one a line.
  private static func lines(of path: String) throws(ClientError) -> [String] {
    let text = String(decoding: try ByteSource(path: path).allBytes(upTo: 1 << 20), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }

  /// The body without the job's environment.
  func request(folder: String?) throws -> JSONObject {
    var body: JSONObject = ["command": .array(command.map { .string($0) })]
    func put(_ name: String, _ number: Int?) { if let number { body[name] = .integer(Int64(number)) } }
    func put(_ name: String, _ text: String?) { if let text { body[name] = .string(text) } }
    try resources.put(into: &body)
    put("max_attempts", maxAttempts)
    put("time_limit", timeLimit.map(Self.withUnit))
    put("name", jobName)
    put("queue", queue)
    put("within", within == "none" ? nil : within ?? EnclosingJob.id)
    put("cwd", cwd.map { Self.absolute($0, in: folder) } ?? folder)
    put("stdin", input)
    put("stdout", output)
    put("stderr", error)
    if let urgency { body["urgency"] = .integer(try Self.urgency(urgency)) }
    let dependencies = try dependency + (beginTime.map { ["begin-time:" + (try Self.moment($0))] } ?? [])
    if !dependencies.isEmpty { body["dependencies"] = .array(dependencies.map { .string($0) }) }
    var retry = JSONObject()
    if let retryOn { retry["on"] = .array(retryOn.split(separator: ",").map { .string(String($0)) }) }
    if let retryBackoff { retry["backoff"] = .string(retryBackoff) }
    if !retry.isEmpty { body["retry"] = .object(retry) }
    if !flags.isEmpty {
      body["flags"] = .array(flags.flatMap { $0.split(separator: ",") }.map { .string(String($0)) })
    }
    var attributes = try attributes
    for file in addFile { try AttachedFile(file).put(into: &attributes) }
    if !attributes.isEmpty { body["attributes"] = .object(attributes) }
    return body
  }

  /// A bare number is minutes, as in Flux.
  static func withUnit(_ text: String) -> String {
    Double(text) == nil || text.hasPrefix("i") ? text : text + "m"
  }

  static func absolute(_ path: String, in folder: String?) -> String {
    guard !path.hasPrefix("/"), let folder else { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  /// Seconds since 1970 of a time as it is typed.
  static func moment(_ text: String, now: Timestamp = Clock.now) throws -> String {
    let time: Timestamp?
    if text.hasPrefix("+") {
      time = (try? TimeSpan(fsd: text.dropFirst())).flatMap { $0 == .unlimited ? nil : now.advanced(by: $0) }
    } else {
      time = Timestamp(rfc3339: text)
    }
    guard let time else {
      throw ValidationError("'\(text)' is no time: use +30m for half an hour from now, or 2027-01-31T08:00:00Z.")
    }
    return "\(time.microseconds / 1_000_000)"
  }

  /// - Source: RFC 30; the words are flux-submit(1)'s.
  static func urgency(_ text: String) throws -> Int64 {
    switch text {
    case "hold": return 0
    case "default": return 16
    case "expedite": return 31
    default:
      guard let number = Int64(text), (0...31).contains(number) else {
        throw ValidationError("'\(text)' is no urgency: use 0 to 31, hold, default or expedite.")
      }
      return number
    }
  }

  private var attributes: JSONObject {
    get throws {
      let warning = try signal.map { ["shell.options.signal=" + (try WarningSignal($0)).json.jsonText] } ?? []
      let map = taskmap.map { ["shell.options.taskmap=" + Self.taskmap($0).jsonText] } ?? []
      let limits = try ResourceLimitRules(rlimit).applied().members.map {
        "shell.options.rlimit.\($0.name)=\($0.value.jsonText)"
      }
      let buffers = unbuffered ? ["stdout", "stderr"].map { "shell.options.output.\($0).buffer.type=none" } : []
      return try Self.attributes(setattr + warning + map + limits + buffers + setopt.map { "shell.options." + $0 })
    }
  }

  /// A scheme and its value, as Flux's shell is told.
  private static func taskmap(_ text: String) -> JSONValue {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return .object(["scheme": .string(parts[0]), "value": .string(parts.count > 1 ? parts[1] : "")])
  }

  /// The object that `KEY=VALUE` texts describe.
  static func attributes(_ texts: [String]) throws -> JSONObject {
    var result: JSONObject = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let key = parts[0].hasPrefix(".") ? String(parts[0].dropFirst()) : parts[0]
      var path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard !path.contains("") else { throw ValidationError("'\(text)' is no KEY=VALUE.") }
      if !parts[0].hasPrefix("."), !["system", "user"].contains(path[0]) { path.insert("system", at: 0) }
      let value = parts.count == 1 ? JSONValue.integer(1) : scalar(parts[1])
      set(value, at: path[...], in: &result)
    }
    return result
  }

  private static func scalar(_ text: String) -> JSONValue {
    (try? JSONText.parse(Array(text.utf8), root: .any)) ?? .string(text)
  }

  private static func set(_ value: JSONValue, at path: ArraySlice<String>, in object: inout JSONObject) {
    guard let first = path.first else { return }
    guard path.count > 1 else {
      object[first] = value
      return
    }
    var child = object[first]?.object ?? [:]
    set(value, at: path.dropFirst(), in: &child)
    object[first] = .object(child)
  }
}

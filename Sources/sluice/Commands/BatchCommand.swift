import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Queue a script, and print the job's id.",
    discussion: """
      The script travels with the job and runs once, on the first node of what it asks for; -n counts slots then, \
      each with its cores and GPUs. Options may stand in the script, in comments that begin with 'flux:' or \
      'sluice:'; the command line counts more. Its output goes to the broker unless --output names a file. What the \
      script submits runs on what the job holds, as its steps, and ends with it.

      With --cc there is one job for each number; {cc} becomes the number in options and in the script's arguments, \
      not in the script.

      EXAMPLE
        #!/bin/sh
        #flux: -N2 -n8 --queue=batch      # comments are fine
        #flux: --job-name=app001
        ./prepare && mpiexec ./app
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Check the job without submitting it.")
  var dryRun = false

  @OptionGroup(title: "Copies") var copies: CopyOptions

  @OptionGroup(title: "Afterwards") var followUp: FollowUpOptions

  @OptionGroup var shown: OutputOptions

  /// Its command is the script and the script's own arguments.
  @OptionGroup(title: "The job") var options: SubmissionOptions

  private var submission: SubmissionRun {
    SubmissionRun(copies: copies, followUp: followUp, showsLabels: shown.labels, isDry: dryRun)
  }

  func validate() throws {
    try options.requireCommand()
    try submission.validate()
  }

  func run() throws {
    let bytes = try Self.contents(of: options.command[0])
    let whole = try withDirectives(of: bytes)
    let request = try whole.request(bytes, environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    try whole.submission.run(request, try whole.connection.client())
  }

  /// This command as if the script's options stood before those of the command line: the last one counts.
  private func withDirectives(of bytes: [UInt8]) throws -> Self {
    let path = options.command[0]
    let words: [String]
    do throws(BatchScript.Fault) {
      words = try BatchScript(String(decoding: bytes, as: UTF8.self)).words
    } catch {
      throw ValidationError("\(path), \(error).")
    }
    if words.isEmpty { return self }
    // What was typed between the name of this command and the script.
    let typed = CommandLine.arguments.drop { $0 != Self.configuration.commandName }.dropFirst()
    var own = typed.dropLast(options.command.count)
    if own.last == "--" { own.removeLast() }
    do {
      return try Self.parse(words + own + ["--"] + options.command)
    } catch {
      throw ValidationError("\(path): \(Self.message(for: error))")
    }
  }

  /// The submission: one task in all that was asked for, and the script beside it.
  func request(_ bytes: [UInt8], environment: [String: String], folder: String?) throws -> JSONObject {
    var body = try options.request(environment: environment, folder: folder)
    body["command"] = .array((["{{tmpdir}}/script"] + options.command.dropFirst()).map { .string($0) })
    if options.jobName == nil {
      body["name"] = .string(options.command[0].split(separator: "/").last.map(String.init) ?? "script")
    }
    try putShape(&body)
    var attributes = body["attributes"]?.object ?? [:]
    AttachedFile(bytes, name: "script", permissions: 0o700, hasCopies: copies.set != nil).put(into: &attributes)
    var system = attributes["system"]?.object ?? [:]
    system["batch"] = .bool(true)
    attributes["system"] = .object(system)
    body["attributes"] = .object(attributes)
    return body
  }

  /// Slots instead of tasks: `slot=8/[core=2;gpu]`, spread over nodes where these are given.
  private func putShape(_ body: inout JSONObject) throws {
    let wanted = options.resources
    guard wanted.shape == nil else { return body["ntasks"] = .integer(1) }
    guard wanted.memory == nil, !wanted.exclusive else {
      throw ValidationError("For a batch job write --memory and --exclusive as a --shape.")
    }
    let nodes = try wanted.nodeCount?.number ?? 1
    let slots = try wanted.taskCount?.number ?? nodes
    guard slots > 0, nodes > 0, slots % nodes == 0 else {
      throw ValidationError("The \(slots) slots of -n cannot be spread evenly over the \(nodes) nodes of -N.")
    }
    let gpus = try wanted.gpusPerTask.map { ";gpu=\(try $0.number)" } ?? ""
    let slot = "slot=\(slots / nodes)/[core=\(try wanted.coresPerTask?.number ?? 1)\(gpus)]"
    for name in ["nnodes", "cores_per_task", "gpus_per_task"] { body[name] = nil }
    body["shape"] = .string(wanted.nodeCount == nil ? slot : "node=\(nodes)/\(slot)")
    body["ntasks"] = .integer(1)
  }

  private static func contents(of path: String) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "re") else {
      throw ValidationError("\(path) cannot be read: \(unsafe String(cString: strerror(errno))).")
    }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: AttachedFile.largest + 1)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    guard count <= AttachedFile.largest else {
      throw ValidationError(
        "\(path) has more than \(AttachedFile.largest) bytes; a script that long belongs in a file.")
    }
    guard bytes.starts(with: "#!".utf8) else {
      throw ValidationError("\(path) is no script: its first line says what runs it, such as #!/bin/sh.")
    }
    return Array(bytes[..<count])
  }
}

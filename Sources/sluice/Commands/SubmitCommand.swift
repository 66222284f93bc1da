import APIClient
import ArgumentParser
import Vocabulary

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Queue a job and print its id.",
    discussion: """
      The job gets your environment and runs in the current folder. Its output is kept by the broker unless \
      --output names a file.

      EXAMPLES
        sluice submit -n4 -c2 ./simulate input.dat
        sluice submit --cc=0-999 --wait ./work '{cc}'
        sluice submit -t 10m --dry-run -- ./work -v
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "Submit one copy for each number, such as 0-9; {cc} becomes the number.", valueName: "idset"))
  var cc: String?

  @Option(help: ArgumentHelp("With --cc: so many of the copies at most run at one time.", valueName: "count"))
  var throttle: Int?

  @Flag(help: "Wait until all jobs have ended; exit with the highest of their exit codes.")
  var wait = false

  @Flag(help: "Show the output of the job while it runs, and wait for its end.")
  var watch = false

  @Flag(help: "Check the job without submitting it.")
  var dryRun = false

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @OptionGroup var shown: OutputOptions

  @OptionGroup(title: "The job") var options: SubmissionOptions

  mutating func validate() throws {
    if throttle != nil, cc == nil { throw ValidationError("--throttle goes with --cc.") }
    if let cc {
      guard let ids = try? Idset(parsing: cc), !ids.isEmpty else {
        throw ValidationError("'\(cc)' is no set of numbers such as 0-9,12.")
      }
      if watch { throw ValidationError("--watch shows one job; leave out --cc, or use --wait.") }
      if dryRun { throw ValidationError("--dry-run checks one job; leave out --cc.") }
    }
  }

  func run() throws {
    var request = try options.request(
      environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    let client = try connection.client()
    if let cc {
      request["cc"] = .string(cc)
      if let throttle { request["throttle"] = .integer(Int64(throttle)) }
      return try submitCopies(request, count: try Idset(parsing: cc).count, client)
    }
    let job = try client.submit(request, dryRun: dryRun)
    if json || dryRun {
      Console.json(job)
    } else {
      Console.line(Terminal.output.jobID(job["id"]?.string ?? "?"))
    }
    guard !dryRun, let id = job["id"]?.string else { return }
    if watch {
      throw ExitCode(try Attachment(client, id, cancelsOnSignal: false, showsLabels: shown.labels).run())
    }
    guard wait else { return }
    client.outlastsRestarts = true
    let outcome = JobOutcome(try client.ended(id))
    if let message = outcome.message { Console.note("\(Terminal.error.jobID(id)): \(message)") }
    throw ExitCode(outcome.exitCode)
  }

  private func submitCopies(_ request: JSONObject, count: Int, _ client: BrokerClient) throws {
    let ensemble = Ensemble(client, expected: count, showsProgress: Terminal.error.isTerminal)
    let ids = try ensemble.submit(request)
    if json {
      Console.json(.object(["ids": .array(ids.map { .string($0) })]))
    } else {
      Console.lines(ids.lazy.map { Terminal.output.jobID($0) })
    }
    let code = wait ? try ensemble.wait() : 0
    guard let refusal = ensemble.refusal else { throw ExitCode(code) }
    throw ClientError(
      "\(count - ids.count) of \(count) jobs were not taken. \(refusal.report)", advice: refusal.advice)
  }
}

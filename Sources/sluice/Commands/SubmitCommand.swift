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
        sluice submit --wait-event=start -t 1h --signal=USR1@2m ./service
        sluice submit -t 10m --dry-run -- ./work -v
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @OptionGroup(title: "Copies") var copies: CopyOptions

  @OptionGroup(title: "Afterwards") var followUp: FollowUpOptions

  @Flag(help: "Check the job without submitting it.")
  var dryRun = false

  @OptionGroup var shown: OutputOptions

  @OptionGroup(title: "The job") var options: SubmissionOptions

  func validate() throws {
    try options.requireCommand()
    guard let count = try copies.count else { return }
    try followUp.checkWatch(count)
    if dryRun { throw ValidationError("--dry-run checks one job; leave out \(copies.option).") }
  }

  func run() throws {
    var request = try options.request(
      environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    let client = try connection.client()
    if let set = copies.set {
      try copies.put(set, into: &request)
      return try submitCopies(request, count: try CopyOptions.count(of: set), client)
    }
    if !dryRun { try followUp.openLog() }
    let job = try client.submit(request, dryRun: dryRun)
    let id = job["id"]?.string
    if dryRun || followUp.json && !followUp.quiet { Console.json(job) } else { followUp.show([id ?? "?"]) }
    guard !dryRun, let id else { return }
    throw ExitCode(try follow(id, client))
  }

  private func follow(_ id: String, _ client: BrokerClient) throws -> Int32 {
    if followUp.watch {
      return try Attachment(client, id, cancelsOnSignal: false, showsLabels: shown.labels).run()
    }
    client.outlastsRestarts = true
    if let event = followUp.awaitedEvent {
      var hadIt = false
      try client.events(.job(id)) {
        hadIt = hadIt || $0.name == event
        return !hadIt
      }
      if !hadIt { Console.note("\(Terminal.error.jobID(id)): ended without \(event)") }
      return hadIt ? 0 : 1
    }
    guard followUp.waitsForEnd else { return 0 }
    let outcome = JobOutcome(try client.ended(id))
    if let message = outcome.message { Console.note("\(Terminal.error.jobID(id)): \(message)") }
    return outcome.exitCode
  }

  private func submitCopies(_ request: JSONObject, count: Int, _ client: BrokerClient) throws {
    try followUp.openLog()
    let ensemble = Ensemble(client, progress: followUp.progressBar(count))
    var text: [UInt8] = []
    request.appendJSON(to: &text)
    var lines = [text]
    var refusal: Problem?
    try ensemble.submit({ lines.popLast().map { ($0, count) } }, onResult: { refusal = $0.problem ?? refusal })
    if let refusal, ensemble.ids.isEmpty { throw ClientError(refusal) }
    followUp.show(ensemble.ids)
    let code = try followUp.follow(ensemble, client, labels: shown.labels)
    guard let refusal else { throw ExitCode(code) }
    throw ClientError(
      "\(count - ensemble.ids.count) of \(count) jobs were not taken. \(refusal.report)", advice: refusal.advice)
  }
}

import APIClient
import ArgumentParser
import Vocabulary

/// Sends one submission, as a job or as copies of it, tells its ids, and sees to what comes afterwards.
struct SubmissionRun {
  let copies: CopyOptions
  let followUp: FollowUpOptions
  let showsLabels: Bool
  /// Checks the job without submitting it.
  let isDry: Bool

  /// What does not go together.
  func validate() throws {
    guard let count = try copies.count else { return }
    try followUp.checkWatch(count)
    if isDry { throw ValidationError("--dry-run checks one job; leave out \(copies.option).") }
  }

  /// - Throws: `ExitCode` in any case but a dry run's.
  func run(_ request: JSONObject, _ client: BrokerClient) throws {
    var request = request
    if let set = copies.set {
      try copies.put(set, into: &request)
      return try submitCopies(request, count: try CopyOptions.count(of: set), client)
    }
    if !isDry { try followUp.openLog() }
    let job = try client.submit(request, dryRun: isDry)
    let id = job["id"]?.string
    if isDry || followUp.json && !followUp.quiet { Console.json(job) } else { followUp.show([id ?? "?"]) }
    guard !isDry, let id else { return }
    throw ExitCode(try follow(id, client))
  }

  private func follow(_ id: String, _ client: BrokerClient) throws -> Int32 {
    if followUp.watch {
      return try Attachment(client, id, cancelsOnSignal: false, showsLabels: showsLabels).run()
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
    let code = try followUp.follow(ensemble, client, labels: showsLabels)
    guard let refusal else { throw ExitCode(code) }
    throw ClientError(
      "\(count - ensemble.ids.count) of \(count) jobs were not taken. \(refusal.report)", advice: refusal.advice)
  }
}

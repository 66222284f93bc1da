import APIClient
import ArgumentParser
import Cryptography
import Vocabulary

/// How many meet, who this one is, and how long it waits.
struct Rendezvous: ParsableArguments {
  @Option(
    name: [.customShort("n", allowingJoined: true), .long],
    help: ArgumentHelp("How many participants it takes; the same for all of them.", valueName: "count"))
  var size: Int

  @Option(
    help: ArgumentHelp(
      "What tells this participant from the others: give it to ask again for the same round. Default: a new one each "
        + "time, so that a name can be met at again and again.", valueName: "id"))
  var participant: String?

  @Option(help: ArgumentHelp("Give up waiting after this time, and exit with 1.", valueName: "time"))
  var timeout: WaitTime?

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  func validate() throws {
    if size < 1 { throw ValidationError("--size is at least 1.") }
    if let participant, participant.isEmpty || participant.utf8.count > 128 {
      throw ValidationError("--participant has 1 to 128 bytes.")
    }
  }

  /// Who it is, for people that look at the log, and which call of it this is.
  static func participant(in environment: [String: String]) -> String {
    let call = Base64.hex(SecureRandom.bytes(8))
    guard let job = environment["SLUICE_JOB_ID"], !job.isEmpty else { return "p-\(call)" }
    return "\(job).\(environment["FLUX_TASK_RANK"] ?? "0")-\(call)"
  }

  /// Waits as `meeting` does, and says what came of it.
  ///
  /// - Parameter meeting: takes the participant and how long to wait.
  func meet(
    _ name: String,
    _ meeting: (String, Double?) throws(ClientError) -> BrokerClient.Meeting
  ) throws {
    switch try meeting(participant ?? Self.participant(in: ProcessEnvironment.current), timeout?.seconds) {
    case .complete(let answer):
      if json { Console.json(answer) }
    case .incomplete(let arrived):
      Console.note("\(name): \(arrived) of \(size) had come when the time was up")
      throw ExitCode.failure
    }
  }
}

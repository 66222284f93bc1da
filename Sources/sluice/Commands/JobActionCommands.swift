import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Raise: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Raise an exception of a job; severity 0 ends it, others inform.")

    @OptionGroup var subject: Subject

    @Option(name: [.customShort("s", allowingJoined: true), .long], help: "0 (ends the job) to 7.")
    var severity = 0

    @Option(name: [.customShort("t", allowingJoined: true), .long], help: "A word that says what happened.")
    var type = "cancel"

    @Argument(help: ArgumentHelp("A note, kept with the job.", valueName: "note"))
    var note: [String] = []

    func run() throws {
      let body: JSONObject = [
        "type": .string(type), "severity": .integer(Int64(severity)), "note": .string(note.joined(separator: " ")),
      ]
      _ = try subject.connection.client().act("raise", on: subject.id, body)
    }
  }

  struct Kill: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a signal to every process of running jobs.",
      discussion: "Without --signal it is SIGTERM. 'sluice cancel' ends a job for good.")

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(
      name: [.customShort("s", allowingJoined: true), .long],
      help: ArgumentHelp("A name or a number.", valueName: "signal"))
    var signal = "SIGTERM"

    @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
    var ids: [String]

    func run() throws {
      let client = try connection.client()
      for id in ids { _ = try client.act("signal", on: id, ["signal": SignalText.value(signal)]) }
    }
  }

  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a job: duration=TIME, urgency=N.",
      discussion: "Only the duration of a running job changes, and only the instance owner changes it.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("What to change.", valueName: "key=value"))
    var changes: [String]

    func run() throws {
      var body = JSONObject()
      for change in changes {
        let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("'\(change)' is no KEY=VALUE.") }
        switch parts[0].replacing("attributes.system.", with: "") {
        case "duration": body["duration"] = .string(SubmissionOptions.withUnit(parts[1]))
        case "urgency": body["urgency"] = .integer(try SubmissionOptions.urgency(parts[1]))
        default: throw ValidationError("'\(parts[0])' cannot be changed; duration and urgency can.")
        }
      }
      try subject.connection.client().change(subject.id, body)
    }
  }

  struct Memo: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Note something about a job: KEY=VALUE keeps, KEY= drops.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("The notes.", valueName: "key=value"))
    var notes: [String]

    func run() throws {
      var memo = JSONObject()
      for note in notes {
        let parts = note.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("'\(note)' is no KEY=VALUE.") }
        memo[parts[0]] = parts[1].isEmpty ? .null : .string(parts[1])
      }
      try subject.connection.client().change(subject.id, ["memo": .object(memo)])
    }
  }

  struct Urgency: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change how urgent a waiting job is: 0 to 31, hold, default or expedite.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("The urgency.", valueName: "urgency"))
    var urgency: String

    func run() throws {
      try subject.connection.client().change(
        subject.id, ["urgency": .integer(try SubmissionOptions.urgency(urgency))])
    }
  }

  struct Priority: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a job's priority and what makes it up.")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().priority(subject.id)) }
  }
}

struct WaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait for jobs that were submitted with --flags=waitable; each result is given once.",
    discussion: """
      Without an id it waits for any; with --all until none is left. Prints the id, and what went wrong. Exits \
      with 1 when a job failed, and with 2 when there is nothing to wait for.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Wait for all of your waitable jobs.")
  var all = false

  @Flag(help: "Print each result as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The job; any if absent.", valueName: "id"))
  var id: String?

  func validate() throws {
    if all, id != nil { throw ValidationError("Give an id or --all, not both.") }
  }

  func run() throws {
    let client = try connection.client()
    var failed = false
    var count = 0
    repeat {
      let result: JSONValue
      do throws(ClientError) { result = try client.waitForResult(of: id) } catch {
        guard error.problem?.code == "nothing_to_wait_for" else { throw error }
        if all, count > 0 { break }
        Console.note("\(error)")
        throw ExitCode(2)
      }
      count += 1
      if json {
        Console.json(result)
      } else {
        let failure = result["errstr"]?.string ?? ""
        Console.line(Terminal.output.jobID(result["jobid"]?.string ?? "?") + (failure.isEmpty ? "" : ": \(failure)"))
      }
      failed = failed || result["success"] != .bool(true)
    } while all
    if failed { throw ExitCode.failure }
  }
}

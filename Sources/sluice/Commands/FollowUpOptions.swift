import APIClient
import ArgumentParser
import Glibc
import Vocabulary

/// What is told of jobs that were just submitted, and what is waited for.
struct FollowUpOptions: ParsableArguments {
  @Flag(help: "Wait until all jobs have ended; exit with the highest of their exit codes.")
  var wait = false

  @Option(
    help: ArgumentHelp(
      "Wait until all jobs have had this event, such as start or finish; exit with 1 if one ends without it.",
      valueName: "event"))
  var waitEvent: String?

  @Flag(help: "Show the output of the jobs while they run, and wait for their end.")
  var watch = false

  @Flag(help: "Show on the terminal how many jobs are sent; with --wait, where it is shown anyway, how they fare.")
  var progress = false

  @Flag(help: "Show jobs a second there, instead of the time.")
  var jps = false

  @Flag(help: "Print no ids.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Write what would go to standard output, ids and what --watch shows, to this file.", valueName: "file"))
  var log: String?

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  func validate() throws {
    if waitEvent != nil, wait || watch { throw ValidationError("--wait-event goes with neither --wait nor --watch.") }
    if waitEvent?.isEmpty == true { throw ValidationError("--wait-event names an event, such as start.") }
  }

  /// `clean` is the last event, so that waiting for it is waiting for the end.
  var waitsForEnd: Bool { wait || waitEvent == "clean" }
  var awaitedEvent: String? { waitEvent == "clean" ? nil : waitEvent }

  /// From here on standard output is the file of `--log`.
  func openLog() throws {
    guard let log else { return }
    let file = unsafe open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0, dup2(file, STDOUT_FILENO) >= 0 else {
      throw ClientError("\(log) cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
    close(file)
  }

  /// For `count` jobs; `nil` where nobody would see it.
  func progressBar(_ count: Int) -> ProgressBar? {
    guard Terminal.error.isTerminal, progress || waitsForEnd || awaitedEvent != nil else { return nil }
    return ProgressBar(total: count, terminal: .error, showsRate: jps)
  }

  /// Ids in the order given, as far as somebody wants them.
  func show(_ ids: some Sequence<String>) {
    if quiet { return }
    if json {
      Console.json(.object(["ids": .array(ids.map { .string($0) })]))
    } else {
      Console.lines(ids.lazy.map { Terminal.output.jobID($0) })
    }
  }

  /// Waits as was asked; the code to exit with.
  func follow(_ ensemble: Ensemble, _ client: BrokerClient, labels: Bool) throws -> Int32 {
    if watch { return Watch(client.endpoint, showsLabels: labels, namesJobs: ensemble.ids.count > 1).run(ensemble.ids) }
    guard waitsForEnd || awaitedEvent != nil else { return 0 }
    let tally = try ensemble.wait(for: awaitedEvent)
    if let awaitedEvent, tally.failed > 0 { Console.note("\(tally.failed) jobs ended without \(awaitedEvent)") }
    return tally.exitCode
  }

  /// - Throws: when `--watch` would have to follow too many jobs.
  func checkWatch(_ count: Int) throws(ValidationError) {
    guard watch, count > Watch.largestCount else { return }
    throw ValidationError("--watch shows at most \(Watch.largestCount) jobs at once; use --wait.")
  }
}

import APIClient
import ArgumentParser
import Vocabulary

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

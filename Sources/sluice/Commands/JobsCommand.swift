import APIClient
import ArgumentParser
import Vocabulary

struct JobsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "List jobs, newest first.",
    discussion: """
      Without options: the jobs that wait or run. ST is D (waits for others), P and S (waits for resources), \
      R (runs), C (cleans up), CD (completed), F (failed), CA (cancelled), TO (ran out of time).

      EXAMPLES
        sluice jobs -a
        sluice jobs --state=inactive --result=failed -c 20
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.short, .long], help: "Include jobs that have ended.")
  var all = false

  @OptionGroup var recursion: RecursionOptions

  @Option(
    name: [.customShort("s", allowingJoined: true), .long],
    help: ArgumentHelp("Only in these states, such as pending,running.", valueName: "states"))
  var state: String?

  @Option(
    help: ArgumentHelp("Only with this result: completed, failed, canceled or timeout.", valueName: "results")
  )
  var result: String?

  @Option(
    name: [.customShort("u", allowingJoined: true), .long],
    help: ArgumentHelp("Only of this user.", valueName: "name"))
  var user: String?

  @Option(help: ArgumentHelp("Only with this name.", valueName: "name"))
  var name: String?

  @Option(
    name: [.customShort("q", allowingJoined: true), .long],
    help: ArgumentHelp("Only of this queue.", valueName: "name"))
  var queue: String?

  @Option(help: ArgumentHelp("Only jobs that were active after this moment (RFC 3339).", valueName: "time"))
  var since: String?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("At most this many.", valueName: "count"))
  var count = 1_000

  @Flag(help: "Leave out the headings.")
  var noHeader = false

  @Flag(help: "Print the jobs as JSON.")
  var json = false

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "A line for each job, with fields of --json in braces, such as '{id} {name:<20} {state}'.", valueName: "format"))
  var format: String?

  func validate() throws {
    if count < 1 { throw ValidationError("--count is at least 1.") }
    if let format { _ = try OutputFormat(format) }
    guard !json || format == nil else { throw ValidationError("Use one of --json and -o.") }
  }

  /// The query of the API.
  var filter: [(String, String)] {
    var items: [(String, String)] = []
    if let state {
      items.append(("state", state))
    } else if !all, result == nil {
      items.append(("state", "active"))
    }
    for (name, value) in [
      ("result", result), ("user", user), ("name", name), ("queue", queue), ("since", since),
    ] {
      if let value { items.append((name, value)) }
    }
    return items + recursion.filter
  }

  func run() throws {
    let client = try connection.client()
    if json {
      var jobs: [JSONValue] = []
      try client.jobs(filter, limit: count) { page in
        jobs += page
        return true
      }
      return Console.json(.object(["jobs": .array(jobs)]))
    }
    if let format {
      let format = try OutputFormat(format)
      if !noHeader { Console.line(format.header) }
      return try client.jobs(filter, limit: count) { page in
        Console.lines(page.map { format.line($0) })
        return true
      }
    }
    // Widths are settled page by page, so that a long list begins to show at once.
    var isFirst = true
    try client.jobs(filter, limit: count) { page in
      var table = JobTable(now: Clock.now, terminal: .output)
      for job in page { table.append(job) }
      Console.lines(table.lines(withHeader: isFirst && !noHeader))
      isFirst = false
      return true
    }
  }
}

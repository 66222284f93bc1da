import APIClient
import ArgumentParser
import Vocabulary

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Account for jobs: what they held, for how long, and what they used.",
    discussion: """
      Without options: the jobs that have ended, newest first. Hours count from allocation to release, over all \
      attempts; CPU time and the largest process's memory are what the kernel measured.

      Columns of --csv, and fields for -o: id user tenant queue bank project name state result exit_code signal \
      attempts t_submit t_start t_end elapsed_s ntasks nodes cores gpus node_hours core_hours gpu_hours cpu_s \
      peak_memory_kib within. What a step held its job held too: sums leave steps out, unless you say -R.

      EXAMPLES
        sluice history --since=2026-11-01T00:00:00Z --csv > november.csv
        sluice history -u alice -o '{id} {core_hours:>12} {name}'
        sluice history --totals
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    name: [.customShort("u", allowingJoined: true), .long],
    help: ArgumentHelp("Only of this user.", valueName: "name"))
  var user: String?

  @Option(
    help: ArgumentHelp("Only with this result: completed, failed, canceled or timeout.", valueName: "results"))
  var result: String?

  @Option(
    name: [.customShort("q", allowingJoined: true), .long],
    help: ArgumentHelp("Only of this queue.", valueName: "name"))
  var queue: String?

  @Option(help: ArgumentHelp("Only with this name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Only jobs submitted at or after this moment (RFC 3339).", valueName: "time"))
  var since: String?

  @Flag(help: "Include jobs that wait or run.")
  var all = false

  @OptionGroup var recursion: RecursionOptions

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("At most this many.", valueName: "count"))
  var count: Int?

  @Flag(help: "Sum up by user.")
  var totals = false

  @Flag(help: "Print comma-separated values, as the broker exports them.")
  var csv = false

  @Flag(help: "Print each job as one line of JSON.")
  var json = false

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("A line for each job, with fields in braces.", valueName: "format"))
  var format: String?

  @Flag(help: "Leave out the headings.")
  var noHeader = false

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    if let format { _ = try OutputFormat(format) }
    guard [csv, json, totals, format != nil].filter(\.self).count <= 1 else {
      throw ValidationError("Use one of --csv, --json, --totals and -o.")
    }
  }

  private var filter: [(String, String)] {
    var items: [(String, String)] = all ? [] : [("state", "inactive")]
    for (name, value) in [
      ("result", result), ("user", user), ("queue", queue), ("name", name), ("since", since),
      ("limit", count.map { String($0) }),
    ] {
      if let value { items.append((name, value)) }
    }
    return items + recursion.filter
  }

  func run() throws {
    let client = try connection.client()
    if csv {
      return try client.export(filter) { bytes in
        Console.bytes(bytes.indices.map { bytes[$0] }, to: 1)
        return true
      }
    }
    if totals { return try showTotals(client) }
    let format = try format.map { text throws(ValidationError) in try OutputFormat(text) }
    if let format, !noHeader { Console.line(format.header) }
    var page = HistoryTable()
    var isFirst = true
    let (json, showsHeader) = (json, !noHeader)
    func flush() {
      Console.lines(page.lines(withHeader: isFirst && showsHeader))
      (page, isFirst) = (HistoryTable(), false)
    }
    try client.history(filter) { job in
      if json {
        Console.line(JSONValue.object(job).jsonText)
      } else if let format {
        Console.line(format.line(.object(job)))
      } else {
        page.append(.object(job))
        // Widths are settled page by page, so that a long list begins to show at once.
        if page.count == HistoryTable.pageSize { flush() }
      }
      return true
    }
    if !json, format == nil, isFirst || page.count > 0 { flush() }
  }

  private func showTotals(_ client: BrokerClient) throws {
    var totals = UsageTotals()
    try client.history(filter) { job in
      totals.add(.object(job))
      return true
    }
    Console.lines(totals.lines(for: .output, withHeader: !noHeader))
  }
}

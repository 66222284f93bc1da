import APIClient
import ArgumentParser
import Vocabulary

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow jobs to their end: their output, and how they end.",
    discussion: """
      Shows what the jobs write as they write it, and exits with the highest of their exit codes. Ctrl-C ends the \
      look, not the jobs.

      EXAMPLES
        sluice watch ƒ2oLkT7hd ƒ2oLkT8xy
        sluice watch --active --label-io
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @OptionGroup var shown: OutputOptions

  @Flag(help: "All jobs of yours that wait or run now.")
  var active = false

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
  var ids: [String] = []

  func validate() throws {
    guard active != !ids.isEmpty else { throw ValidationError("Name the jobs, or use --active.") }
    guard ids.count <= Watch.largestCount else { throw ValidationError("At most \(Watch.largestCount) jobs at once.") }
  }

  func run() throws {
    let client = try connection.client()
    let ids = try wanted(client)
    // A job that is not there shows here and at once.
    for id in ids { _ = try client.job(id) }
    let code = Watch(client.endpoint, showsLabels: shown.labels, namesJobs: ids.count > 1).run(ids)
    throw ExitCode(code)
  }

  private func wanted(_ client: BrokerClient) throws -> [String] {
    guard active else { return ids }
    let user = try client.whoami()["user"]?.string
    var ids: [String] = []
    let filter = [("state", "active")] + (user.map { [("user", $0)] } ?? [])
    try client.jobs(filter, limit: Watch.largestCount + 1) { page in
      ids += page.compactMap { $0["id"]?.string }
      return true
    }
    guard ids.count <= Watch.largestCount else {
      throw ValidationError("More than \(Watch.largestCount) jobs are active; name those to watch.")
    }
    return ids.reversed()
  }
}

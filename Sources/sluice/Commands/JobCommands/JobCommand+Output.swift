import APIClient
import ArgumentParser

extension JobCommand {
  struct Output: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "output", abstract: "Print what a job has written so far; with --follow, until it has ended.",
      discussion: """
        Both streams go where the job sent them, or the one that --stream names to standard output. Ctrl-C ends \
        the look, not the job.

        EXAMPLES
          sluice job output -l ƒ2oLkT7hd
          sluice job output -f --stream=stderr --rank=3 ƒ2oLkT7hd
        """)

    @OptionGroup var subject: Subject

    @OptionGroup var shown: OutputOptions

    @Flag(name: .shortAndLong, help: "Go on until the job has ended.")
    var follow = false

    @Option(help: ArgumentHelp("Only stdout or stderr.", valueName: "stream"))
    var stream: String?

    @Option(help: ArgumentHelp("Only what this task wrote.", valueName: "number"))
    var rank: Int?

    func validate() throws {
      guard stream == nil || wanted != nil else { throw ValidationError("--stream is stdout or stderr.") }
      if let rank, rank < 0 { throw ValidationError("--rank is the number of a task, from 0.") }
    }

    private var wanted: JobOutputStream? { stream.flatMap(JobOutputStream.init) }

    func run() throws {
      let client = try subject.connection.client()
      try Attachment.show(client, subject.id, wanted, rank: rank, follows: follow, showsLabels: shown.labels)
    }
  }
}

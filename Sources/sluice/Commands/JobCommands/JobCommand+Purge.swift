import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "purge",
      abstract: "Forget ended jobs, the oldest first.",
      discussion: """
        For the instance's owner. Without --force it only says how many would go. What goes is gone for good: the job, \
        its eventlog and its output. Nothing can depend on it any more.

        EXAMPLES
          sluice job purge --age-limit=30d
          sluice job purge --num-limit=100000 --force
        """)

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(help: ArgumentHelp("Those that ended longer ago, such as 30d.", valueName: "time"))
    var ageLimit: String?

    @Option(help: ArgumentHelp("As many as it takes to keep so many.", valueName: "count"))
    var numLimit: Int?

    @Flag(name: [.customShort("f"), .long], help: "Do it.")
    var force = false

    func validate() throws {
      if ageLimit == nil, numLimit == nil { throw ValidationError("--age-limit or --num-limit says which jobs go.") }
    }

    func run() throws {
      let client = try connection.client()
      var body: JSONObject = [:]
      if let ageLimit { body["older_than"] = .string(ageLimit) }
      if let numLimit { body["keep"] = .integer(Int64(numLimit)) }
      var purged: Int64 = 0
      while true {
        let answer = try client.purge(body, dryRun: !force)
        guard force else {
          return Console.line("\(answer["would_purge"]?.integer ?? 0) jobs would go; --force does it")
        }
        purged += answer["purged"]?.integer ?? 0
        if answer["is_complete"]?.bool != false { break }
      }
      Console.line("\(purged) jobs purged")
    }
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct ResourceRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove vertices with what they hold.",
    discussion: """
      What is in use is refused with --mode=reject (the default). With drain it takes nothing new and goes when the \
      last job has left; with evict its jobs are told to leave at once, and wait again.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Option(help: ArgumentHelp("What becomes of jobs there: reject, drain or evict.", valueName: "mode"))
  var mode = "reject"

  @Argument(help: ArgumentHelp("Paths such as /cluster0/node3.", valueName: "path"))
  var paths: [String]

  func run() throws {
    let mutations = paths.map { path -> JSONValue in
      .object(["op": .string("remove"), "path": .string(path), "mode": .string(mode)])
    }
    try options.change(try connection.client(), mutations)
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct KeyLinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "link",
    abstract: "Make a key that leads to another.",
    discussion: """
      The target need not exist. Readers follow the link, also into another namespace that they may read.

      EXAMPLES
        sluice kvs link run.7 latest
        sluice kvs link -T job-f4xQ2 results run.8
      """)

  @Option(
    name: [.customShort("T", allowingJoined: true), .long],
    help: ArgumentHelp("The target is in this namespace.", valueName: "name"))
  var targetNamespace: String?

  @OptionGroup var told: KeyWriteOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The key to lead to; '.' is the root.", valueName: "target"))
  var target: String

  @Argument(help: ArgumentHelp("The key of the link.", valueName: "name"))
  var name: String

  func run() throws {
    var operation: JSONObject = ["op": .string("symlink"), "key": .string(name), "target": .string(target)]
    if let targetNamespace { operation["namespace"] = .string(targetNamespace) }
    let answer = try KeyWrite.commit([operation], in: place.space, try place.client())
    KeyWrite.showRevision(answer, if: told.sequence)
  }
}

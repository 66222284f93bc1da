import APIClient
import ArgumentParser
import Vocabulary

struct KeyMakeDirectoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkdir",
    abstract: "Make empty directories.",
    discussion: """
      Rarely needed: putting run.7.x makes run and run.7. A key that is there is replaced.

      EXAMPLE
        sluice kvs mkdir run.7
      """)

  @OptionGroup var told: KeyWriteOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The directories.", valueName: "key"))
  var keys: [String]

  func run() throws {
    let operations: [JSONObject] = keys.map { ["op": .string("mkdir"), "key": .string($0)] }
    let answer = try KeyWrite.commit(operations, in: place.space, try place.client())
    KeyWrite.showRevision(answer, if: told.sequence)
  }
}

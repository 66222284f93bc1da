import APIClient
import ArgumentParser
import Vocabulary

struct KeyRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Remove keys, all in one commit.",
    discussion: """
      A directory needs -R. A link is removed, not what it names. Keys that are not there make the command exit \
      with 1, unless -f is given; the others are removed all the same.

      EXAMPLES
        sluice kvs rm run.7.lock
        sluice kvs rm -R run.7
        sluice kvs rm --all -N scratch
      """,
    aliases: ["unlink"])

  @Flag(name: [.customShort("R"), .customShort("r"), .long], help: "Remove directories with all that is in them.")
  var recursive = false

  @Flag(name: [.short, .long], help: "Keys that are not there are no error.")
  var force = false

  @Flag(help: "Remove everything in the namespace.")
  var all = false

  @OptionGroup var told: KeyWriteOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The keys.", valueName: "key"))
  var keys: [String] = []

  func validate() throws {
    if all, !keys.isEmpty { throw ValidationError("Give keys or --all, not both.") }
    if !all, keys.isEmpty { throw ValidationError("Name the keys to remove, or give --all.") }
    if keys.contains(".") { throw ValidationError("'.' is everything there is: --all removes that.") }
    if keys.count > BrokerClient.largestTransaction {
      throw ValidationError("One commit removes at most \(BrokerClient.largestTransaction) keys.")
    }
  }

  func run() throws {
    let isRecursive = recursive || all
    let operations: [JSONObject] = (all ? ["."] : keys).map {
      ["op": .string("delete"), "key": .string($0), "recursive": .bool(isRecursive)]
    }
    let answer = try KeyWrite.commit(operations, in: place.space, try place.client())
    KeyWrite.showRevision(answer, if: told.sequence)
    guard !force, !all else { return }
    let missing = zip(keys, answer["results"]?.array ?? []).filter { $1["deleted"]?.integer == 0 }
    for (key, _) in missing { Console.note("\(key): there is no such key") }
    if !missing.isEmpty { throw ExitCode.failure }
  }
}

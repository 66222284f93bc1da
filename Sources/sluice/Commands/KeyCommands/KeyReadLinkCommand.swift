import APIClient
import ArgumentParser
import Vocabulary

struct KeyReadLinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readlink",
    abstract: "Print what links name, as 'key' or 'namespace::key'.",
    discussion: """
      EXAMPLE
        sluice kvs readlink latest
      """)

  @Option(
    name: [.customShort("a", allowingJoined: true), .long],
    help: ArgumentHelp("As of this revision.", valueName: "revision"))
  var at: String?

  @Flag(name: [.customShort("o"), .long], help: "Only the namespaces.")
  var namespaceOnly = false

  @Flag(name: [.customShort("k"), .long], help: "Only the keys.")
  var keyOnly = false

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The links.", valueName: "key"))
  var keys: [String]

  func validate() throws {
    if namespaceOnly, keyOnly { throw ValidationError("--namespace-only and --key-only exclude each other.") }
  }

  func run() throws {
    let client = try place.client()
    for key in keys {
      let object = try client.keyObject(key, in: place.space, at: at, follows: false)
      guard object["kind"]?.string == "symlink" else { throw ClientError("'\(key)' is no link") }
      if json {
        Console.json(object)
      } else if namespaceOnly {
        Console.line(object["namespace"]?.string ?? place.space.name)
      } else {
        Console.line(keyOnly ? object["target"]?.string ?? "?" : KeyText.target(of: object))
      }
    }
  }
}

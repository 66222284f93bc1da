import APIClient
import ArgumentParser
import Vocabulary

struct KeyDirectoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dir",
    abstract: "Show all keys below a directory with their values.",
    discussion: """
      One line a key: 'key = value', with line ends as \\n, and what is no text as its size and type. On a \
      terminal, lines are cut to its width.

      EXAMPLES
        sluice kvs dir run.7
        sluice kvs dir --at=8123 -N job-f4xQ2
      """)

  @Flag(name: [.customShort("R"), .long], help: ArgumentHelp("Taken for granted here.", visibility: .hidden))
  var recursive = false

  @Flag(name: [.customShort("d"), .long], help: "Leave out the values.")
  var directory = false

  @Option(
    name: [.customShort("a", allowingJoined: true), .long],
    help: ArgumentHelp("As of this revision.", valueName: "revision"))
  var at: String?

  @Flag(help: "Print the items, with their values, as JSON.")
  var json = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The directory. Default: the root.", valueName: "key"))
  var key = "."

  func run() throws {
    let client = try place.client()
    var all: [JSONValue] = []
    var count = 0
    try client.listKeys(in: place.space, under: key, recursive: true, withValues: !directory, at: at) { items in
      count += items.count
      if json {
        all += items
      } else {
        Console.lines(items.lazy.map { KeyText.fitted(line($0), to: .output) })
      }
      return true
    }
    if count == 0, key != "." {
      do throws(ClientError) {
        _ = try client.keyObject(key, in: place.space, at: at)
      } catch {
        if error.problem?.code != "is_directory" { throw error }
      }
    }
    if json { Console.json(.object(["items": .array(all)])) }
  }

  private func line(_ item: JSONValue) -> String {
    let key = Terminal.harmless(item["key"]?.string ?? "?")
    switch item["kind"]?.string {
    case "directory": return key + "."
    case "symlink": return "\(key) \(KeyText.summary(of: item))"
    default: return directory ? key : "\(key) = \(KeyText.summary(of: item))"
    }
  }
}

import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct KeyWatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow the changes of a key, a directory or everything.",
    discussion: """
      One line a change: REVISION, put, append or delete, KEY and what was written. Every commit is shown, in \
      order, none merged; a key that vanishes with its directory is shown too. Reconnects by itself and goes on \
      where it was: nothing is missed. --since=REVISION begins after the last line of an earlier watch.

      EXAMPLES
        sluice kvs watch --prefix run.7
        sluice kvs watch --initial --count=1 run.7.state
        sluice kvs watch --append --initial run.7.log
        sluice kvs watch --json --since=8123 | jq -c '.changes[]'
      """)

  @Option(help: ArgumentHelp("Watch everything below this key.", valueName: "directory"))
  var prefix: String?

  @Option(help: ArgumentHelp("Begin after this revision. Default: now.", valueName: "revision"))
  var since: String?

  @Flag(help: "Show what is there first.")
  var initial = false

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("End after this many commits; what --initial shows is none.", valueName: "count"))
  var count: Int?

  @Flag(
    name: [.customShort("A"), .long],
    help: "Print the bytes that are written to the key, and nothing else, as 'tail -f' does.")
  var append = false

  @Flag(help: "Print each commit as one line of JSON.")
  var json = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The key.", valueName: "key"))
  var key: String?

  func validate() throws {
    if key != nil, prefix != nil { throw ValidationError("Give a key or --prefix, not both.") }
    if append, key == nil { throw ValidationError("--append follows one key.") }
    if append, json { throw ValidationError("--append and --json exclude each other.") }
    if initial, since != nil { throw ValidationError("--initial and --since exclude each other.") }
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
  }

  private var scope: KeyWatchScope {
    if let key { return .key(key) }
    return prefix.flatMap { $0 == "." ? nil : .directory($0) } ?? .everything
  }

  private final class Counter { var commits = 0 }

  func run() throws {
    let client = try place.client()
    let (json, append, limit) = (json, append, count)
    let counter = Counter()
    let isThere = try client.watchKeys(in: place.space, scope, since: since, initial: initial) { commit in
      if json {
        Console.line(commit.json.jsonText)
      } else if append {
        for change in commit.changes { Console.bytes(change.bytes ?? [], to: STDOUT_FILENO) }
      } else {
        Console.lines(commit.changes.lazy.map { Self.line($0, commit, .output) })
      }
      if !commit.isInitial, !commit.isPartial { counter.commits += 1 }
      return limit.map { counter.commits < $0 } ?? true
    }
    if !isThere { throw ClientError("The namespace '\(place.space.name)' was removed") }
  }

  /// `8123 put run.7.state converged`
  static func line(_ change: KeyChange, _ commit: KeyCommit, _ terminal: Terminal) -> String {
    let style: Terminal.Style =
      switch change.operation {
      case .put: .green
      case .append: .blue
      case .delete: .red
      }
    var parts = [
      terminal.styled(String(commit.revision), .dim), terminal.styled(change.operation.rawValue, style),
      terminal.styled(Terminal.harmless(change.key), .bold),
    ]
    if change.operation != .delete { parts.append(KeyText.summary(of: change.json)) }
    return parts.joined(separator: " ")
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct KeyListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List the keys of directories.",
    discussion: """
      Without a key: those of the root. 'sluice kvs dir' shows the values too.

      EXAMPLES
        sluice kvs ls
        sluice kvs ls -l run.7
        sluice kvs ls -R --json run | jq -r '.items[] | select(.size > 1000) | .key'
      """)

  @Flag(name: [.customShort("l"), .long], help: "Show kind, size, revision and media type.")
  var long = false

  @Flag(name: [.customShort("R"), .long], help: "List everything below, with whole keys.")
  var recursive = false

  @Flag(name: [.customShort("F"), .long], help: "Mark directories with '.' and links with '@'.")
  var classify = false

  @Option(
    name: [.customShort("a", allowingJoined: true), .long],
    help: ArgumentHelp("As of this revision.", valueName: "revision"))
  var at: String?

  @Flag(help: "Print what the broker answers as JSON.")
  var json = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The directories; '.' is the root.", valueName: "key"))
  var keys: [String] = ["."]

  func run() throws {
    let client = try place.client()
    var isAllThere = true
    for (index, key) in keys.enumerated() {
      if keys.count > 1, !json { Console.line((index > 0 ? "\n" : "") + "\(Terminal.harmless(key)):") }
      do throws(ClientError) {
        try list(key, client)
      } catch {
        guard error.problem != nil, keys.count > 1 else { throw error }
        isAllThere = false
        Console.note("\(key): \(error)")
      }
    }
    if !isAllThere { throw ExitCode.failure }
  }

  private func list(_ key: String, _ client: BrokerClient) throws(ClientError) {
    var count = 0
    var all: [JSONValue] = []
    do throws(ClientError) {
      try client.listKeys(in: place.space, under: key, recursive: recursive, withValues: false, at: at) { items in
        count += items.count
        if json { all += items } else { show(items, under: key, withHeader: count == items.count) }
        return true
      }
    } catch {
      // As ls(1) does with a file: it lists itself.
      guard error.problem?.code == "not_a_directory" else { throw error }
      let item = try client.keyObject(key, in: place.space, at: at)
      count = 1
      if json { all = [item] } else { show([item], under: ".", withHeader: true) }
    }
    if count == 0, key != "." { try requireDirectory(key, client) }
    if json { Console.json(.object(["items": .array(all)])) }
  }

  /// The broker lists what is not there as empty; a person wants to know of a slip of the pen.
  private func requireDirectory(_ key: String, _ client: BrokerClient) throws(ClientError) {
    do throws(ClientError) {
      _ = try client.keyObject(key, in: place.space, at: at)
    } catch {
      if error.problem?.code != "is_directory" { throw error }
    }
  }

  private func show(_ items: [JSONValue], under directory: String, withHeader: Bool) {
    guard long else { return Console.lines(items.lazy.map { Terminal.harmless(name($0, under: directory)) }) }
    var table = Table([
      .init("KIND"), .init("SIZE", .right), .init("REVISION", .right), .init("TYPE", maximumWidth: 40),
      .init("KEY", maximumWidth: 1_024),
    ])
    for item in items {
      let kind = item["kind"]?.string ?? "?"
      let size = item["size"] ?? item["bytes"]
      var label = name(item, under: directory)
      if kind == "symlink" { label += " -> \(KeyText.target(of: item))" }
      table.append([
        .init(kind, kind == "directory" ? .blue : nil), .init(JobTable.text(size)),
        .init(JobTable.text(item["revision"])), .init(JobTable.text(item["media_type"])), .init(label),
      ])
    }
    Console.lines(table.lines(for: .output, withHeader: withHeader))
  }

  /// The key from the directory on.
  private func name(_ item: JSONValue, under directory: String) -> String {
    var name = item["key"]?.string ?? "?"
    if !recursive, directory != ".", name.hasPrefix("\(directory).") {
      name = String(name.dropFirst(directory.count + 1))
    }
    guard classify else { return name }
    switch item["kind"]?.string {
    case "directory": return name + "."
    case "symlink": return name + "@"
    default: return name
    }
  }
}

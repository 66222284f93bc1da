import APIClient
import ArgumentParser
import Vocabulary

struct KeyNamespaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "namespace",
    abstract: "Make, list, change, copy and remove namespaces.",
    discussion: """
      Each job has one of its own, job-ID, which comes into being when something is first written to it.

      EXAMPLES
        sluice kvs namespace create campaign --description='spring sweep' --max-keys=100000
        sluice kvs namespace list
        sluice kvs namespace copy campaign campaign-2 --at=8123
      """,
    subcommands: [Create.self, List.self, Show.self, Change.self, Copy.self, Remove.self])

  /// Parts of a namespace that can be set.
  struct Limits: ParsableArguments {
    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("It holds at most this many keys.", valueName: "count"))
    var maxKeys: Int64?

    @Option(help: ArgumentHelp("It holds at most this many bytes.", valueName: "count"))
    var maxBytes: Int64?

    @Option(help: ArgumentHelp("At most this many watch it at once.", valueName: "count"))
    var maxWatchers: Int64?

    func fill(_ body: inout JSONObject) {
      if let description { body["description"] = .string(description) }
      let quota = [("keys", maxKeys), ("bytes", maxBytes), ("watchers", maxWatchers)]
      body["quota"] = KeyNamespaceCommand.object(quota)
    }
  }

  /// What of the past is kept; settled when a namespace is made.
  struct History: ParsableArguments {
    @Option(help: ArgumentHelp("Keep at most this many revisions.", valueName: "count"))
    var historyRevisions: Int64?

    @Option(help: ArgumentHelp("Keep history this long, such as 1h or 7d.", valueName: "time"))
    var historyAge: WaitTime?

    @Option(help: ArgumentHelp("Keep at most this many bytes of what is superseded.", valueName: "count"))
    var historyBytes: Int64?

    func fill(_ body: inout JSONObject) {
      let age = historyAge.map { Int64($0.seconds ?? 30 * 86_400) }
      body["retention"] = KeyNamespaceCommand.object([
        ("revisions", historyRevisions), ("age", age), ("bytes", historyBytes),
      ])
    }
  }

  /// `nil` when nothing is given.
  fileprivate static func object(_ members: [(String, Int64?)]) -> JSONValue? {
    var object: JSONObject = [:]
    for (name, number) in members { if let number { object[name] = .integer(number) } }
    return object.isEmpty ? nil : .object(object)
  }

  fileprivate static func show(_ namespace: JSONValue, json: Bool) {
    if json { return Console.json(namespace) }
    Console.lines(PropertyList.lines(namespace, terminal: .output))
  }
}

extension KeyNamespaceCommand {
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Make an empty namespace, or one that begins as another.",
      discussion: "Names are 1 to 64 of A-Z a-z 0-9 . _ -. Nothing is copied: both share what they have in common.")

    @Option(help: ArgumentHelp("Begin as this namespace.", valueName: "name"))
    var from: String?

    @Option(
      name: [.customShort("a", allowingJoined: true), .long],
      help: ArgumentHelp("With --from: as it was at this revision.", valueName: "revision"))
    var at: Int64?

    @OptionGroup(title: "Limits") var limits: Limits

    @OptionGroup(title: "History") var history: History

    @Flag(help: "Print what the broker answered as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
    var name: String

    func validate() throws {
      if at != nil, from == nil { throw ValidationError("--at goes with --from.") }
    }

    func run() throws {
      var body: JSONObject = ["name": .string(name)]
      limits.fill(&body)
      history.fill(&body)
      if let from {
        var source: JSONObject = ["namespace": .string(from)]
        if let at { source["revision"] = .integer(at) }
        body["from"] = .object(source)
      }
      let answer = try connection.client().createNamespace(body)
      if json { Console.json(answer) }
    }
  }

  struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "copy", abstract: "Make a namespace that begins as another.",
      discussion: """
        The same as 'create --from'. It takes no time and no space, however large the namespace is.

        EXAMPLE
          sluice kvs namespace copy campaign before-the-change
        """)

    @Option(
      name: [.customShort("a", allowingJoined: true), .long],
      help: ArgumentHelp("As it was at this revision.", valueName: "revision"))
    var at: Int64?

    @Flag(help: "Print what the broker answered as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("The namespace to begin as.", valueName: "from"))
    var from: String

    @Argument(help: ArgumentHelp("The new namespace.", valueName: "to"))
    var to: String

    func run() throws {
      var source: JSONObject = ["namespace": .string(from)]
      if let at { source["revision"] = .integer(at) }
      let answer = try connection.client().createNamespace(["name": .string(to), "from": .object(source)])
      if json { Console.json(answer) }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the namespaces that you may see.",
      discussion: "Those of jobs are there from their first write on.")

    @Option(
      name: [.customShort("u", allowingJoined: true), .long],
      help: ArgumentHelp("Only of this user.", valueName: "name"))
    var user: String?

    @Flag(help: "Print them as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() throws {
      let namespaces = try connection.client().namespaces(of: user)
      if json { return Console.json(.object(["items": .array(namespaces)])) }
      var table = Table([
        .init("NAME", maximumWidth: 64), .init("OWNER", maximumWidth: 12), .init("KEYS", .right),
        .init("BYTES", .right), .init("REVISION", .right), .init("EXPIRES"), .init("DESCRIPTION"),
      ])
      for namespace in namespaces {
        table.append(
          ["name", "owner", "keys", "bytes", "revision", "expires", "description"].map {
            .init(JobTable.text(namespace[$0]))
          })
      }
      Console.lines(table.lines(for: .output))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print everything the broker says about a namespace.")

    @Option(help: ArgumentHelp("Whose. Default: yours.", valueName: "name"))
    var user: String?

    @Flag(help: "Print it as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
    var name: String

    func run() throws {
      show(try connection.client().namespace(KeySpace(name, user: user)), json: json)
    }
  }

  struct Change: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Change a namespace's description or quota.")

    @OptionGroup(title: "Limits") var limits: Limits

    @Option(help: ArgumentHelp("Whose. Default: yours.", valueName: "name"))
    var user: String?

    @Flag(help: "Print what the broker answered as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
    var name: String

    func validate() throws {
      if body.isEmpty { throw ValidationError("Say what to change.") }
    }

    private var body: JSONObject {
      var body: JSONObject = [:]
      limits.fill(&body)
      return body
    }

    func run() throws {
      let answer = try connection.client().changeNamespace(KeySpace(name, user: user), body)
      if json { Console.json(answer) }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "Remove namespaces, with all that is in them and their history.",
      discussion: "Who watches them is told. There is no way back.")

    @Option(help: ArgumentHelp("Whose. Default: yours.", valueName: "name"))
    var user: String?

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("Their names.", valueName: "name"))
    var names: [String]

    func run() throws {
      let client = try connection.client()
      for name in names { try client.removeNamespace(KeySpace(name, user: user)) }
    }
  }
}

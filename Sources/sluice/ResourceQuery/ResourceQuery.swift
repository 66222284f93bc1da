import ResourceFormats
import ResourceGraph
import Vocabulary

/// The scripted matcher: one graph, the jobs that hold parts of it, and commands that look at or change them.
///
/// It is the matcher of the broker without the broker, so that a transcript shows what a policy does.
/// Commands have the names of Fluxion's tool. A command that fails changes nothing.
/// - Source: flux-sched, `resource/utilities/README.md`.
struct ResourceQuery {
  /// What one `match allocate` or `match allocate_orelse_reserve` gave.
  struct Job {
    enum State: String {
      case reserved, allocated, ended, canceled
    }

    let id: Int
    /// What was asked for, as it was written.
    let request: String
    let grants: [Grant]
    /// From when it holds them.
    var start: Timestamp
    /// `nil`: until it is canceled.
    let duration: TimeSpan?
    var state: State
  }

  /// Usage and meaning of every command, in the order in which help shows them.
  static let commands: [(usage: String, meaning: String)] = [
    ("match allocate REQUEST", "take resources for a new job"),
    ("match allocate_orelse_reserve REQUEST", "the same, or promise it for the first time at which it will be free"),
    ("match without_allocating REQUEST", "show what would be taken"),
    ("match satisfiability REQUEST", "say whether it could match with nothing held and everything up"),
    ("explain REQUEST", "say why it does not match now, and what would help"),
    ("repeat COUNT match MODE REQUEST", "match many times, and say only how often it succeeded"),
    ("time SPAN", "let time pass, such as 90s: jobs end, reservations begin"),
    ("cancel JOBID", "give back what a job holds"),
    ("find EXPR", "list vertices: status= property= names= hostlist= type= sched-now=allocated|free"),
    ("info JOBID", "show a job and what it holds"),
    ("set-status PATH up|down", "change whether a vertex and what it holds may be taken"),
    ("drain PATH [REASON]", "let a vertex and what it holds take nothing new"),
    ("undrain PATH", "let it take work again"),
    ("set-property PATH KEY=VALUE", "give a vertex a property"),
    ("attach PARENTPATH RECIPE", "add vertices beneath one"),
    ("remove PATH", "remove a vertex with all that it holds"),
    ("resize PATH SIZE", "change how much a vertex is"),
    ("picture svg|dot|tree FILE", "draw the graph into a file; - is the standard output"),
    ("stat", "count vertices, and what is free of each type"),
    ("stat --times", "how long matches, mutations and loading took, and what a vertex takes of memory"),
    ("help", "show this; a REQUEST is JOBSPECFILE, or --shape TEXT [--requires QUERY] [--for TIME]"),
    ("quit", "end the script here"),
  ]

  var graph: ResourceGraph
  let policy: MatchPolicy
  var jobs: [Job] = []
  /// Passes only when a script says so.
  var now = Timestamp(microseconds: 0)
  var promiseCount = 0
  var measurements = Measurements()

  /// - Throws: what the graph does not take.
  init(_ document: GraphDocument, policy: MatchPolicy) throws(QueryFault) {
    self.policy = policy
    graph = ResourceGraph()
    for fragment in document.fragments { try change(.add(fragment, under: nil)) }
    for edge in document.edges {
      let source = try vertex(at: edge.source)
      let target = try vertex(at: edge.target)
      let relationship = edge.relationship.isEmpty ? edge.subsystem : edge.relationship
      let stored = GraphEdge(
        subsystem: edge.subsystem, source: source, target: target, relationship: relationship)
      try change(.addEdge(stored))
    }
  }

  /// - Parameter words: a command and its arguments; not empty.
  /// - Returns: the lines of the answer.
  mutating func run(_ words: [String]) throws(QueryFault) -> [String] {
    precondition(!words.isEmpty, "a line without words is no command")
    let arguments = words.dropFirst()
    switch words[0] {
    case "match": return try match(Array(arguments))
    case "explain": return try explain(Array(arguments))
    case "repeat": return try repeated(Array(arguments))
    case "time": return try pass(try one(arguments, "time SPAN"))
    case "cancel": return try cancel(try one(arguments, "cancel JOBID"))
    case "find":
      if arguments.isEmpty { throw QueryFault("usage: find EXPR") }
      return try find(arguments.joined(separator: " "))
    case "info": return try info(try one(arguments, "info JOBID"))
    case "set-status":
      let (path, status) = try two(arguments, "set-status PATH up|down")
      return try setStatus(path, status)
    case "drain":
      guard let path = arguments.first else { throw QueryFault("usage: drain PATH [REASON]") }
      return try drain(path, reason: arguments.dropFirst().joined(separator: " "))
    case "undrain": return try undrain(try one(arguments, "undrain PATH"))
    case "resize":
      let (path, size) = try two(arguments, "resize PATH SIZE")
      return try resize(path, size)
    case "set-property":
      let (path, property) = try two(arguments, "set-property PATH KEY=VALUE")
      return try setProperty(path, property)
    case "attach":
      let (path, recipe) = try two(arguments, "attach PARENTPATH RECIPE, with quotes around what has blanks")
      return try attach(path, recipe)
    case "remove": return try remove(try one(arguments, "remove PATH"))
    case "picture":
      let (form, path) = try two(arguments, "picture svg|dot|tree FILE")
      return try picture(form, path)
    case "stat": return arguments.first == "--times" ? times() : stat()
    case "help": return help()
    default: throw QueryFault("there is no command \"\(words[0])\"; see help")
    }
  }

  private func help() -> [String] {
    let width = Self.commands.map(\.usage.count).max() ?? 0
    return Self.commands.map { usage, meaning in
      usage + String(repeating: " ", count: width + 2 - usage.count) + meaning
    }
  }

  // MARK: Arguments

  private func one(_ arguments: ArraySlice<String>, _ usage: String) throws(QueryFault) -> String {
    guard arguments.count == 1, let argument = arguments.first else { throw QueryFault("usage: \(usage)") }
    return argument
  }

  private func two(_ arguments: ArraySlice<String>, _ usage: String) throws(QueryFault) -> (String, String) {
    guard arguments.count == 2, let first = arguments.first, let last = arguments.last else {
      throw QueryFault("usage: \(usage)")
    }
    return (first, last)
  }

  func vertex(at path: String) throws(QueryFault) -> VertexID {
    guard let vertex = graph.vertex(at: path) else { throw QueryFault("there is no vertex at \(path)") }
    return vertex
  }
}

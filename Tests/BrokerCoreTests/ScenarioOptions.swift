import BrokerCore
import Jobs
import Jobspec
import ResourceGraph
import Scheduling
import TestKit
import Vocabulary

/// `name=value` words of a script's line, and plain ones.
struct Options {
  let words: [String]

  init(_ words: some Sequence<String>) { self.words = Array(words) }

  func text(_ name: String) -> String? {
    words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  subscript(name: String) -> Int? { text(name).flatMap { Int($0) } }

  var seconds: Int64 { Int64(words.first ?? "") ?? 0 }

  var principal: Principal {
    words.contains("owner") ? Samples.owner : Samples.user(self["user"] ?? 1)
  }

  /// `add=2 cores=4`, `grow=node0 cores=1`, then, in the order of the words, `remove=node1`, `drain=node0`,
  /// `undrain=node0`, `down=node0`, `up=node0`.
  var mutation: GraphMutation {
    var operations: [GraphMutation.Operation] = []
    if let count = self["add"] {
      let parts = [Fragment(type: "core", count: self["cores"] ?? 1), Fragment(type: "memory", unit: "MiB")]
      let fragment = Fragment(type: "node", count: count, children: parts)
      operations.append(.add(GraphDocument(fragments: [fragment]), under: .path("/cluster0")))
    }
    if let node = text("grow") {
      let cores = Fragment(type: "core", count: self["cores"] ?? 1)
      operations.append(.add(GraphDocument(fragments: [cores]), under: .path("/cluster0/\(node)")))
    }
    for word in words {
      let parts = word.split(separator: "=").map(String.init)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "remove": operations.append(.remove(.host(parts[1]), RemovalMode(name: text("mode") ?? "reject")!))
      case "drain": operations.append(.drain(.host(parts[1]), reason: "broken"))
      case "undrain": operations.append(.drain(.host(parts[1]), reason: nil))
      case "down": operations.append(.setStatus(.host(parts[1]), .down))
      case "up": operations.append(.setStatus(.host(parts[1]), .up))
      default: break
      }
    }
    return GraphMutation(expectedVersion: self["if-match"].map { UInt64($0) }, operations: operations)
  }

  var question: Scheduler.Question {
    let spec = Samples.jobspec(["true"], nodes: self["nodes"], cores: self["cores"] ?? 1)
    return Scheduler.Question(
      parts: spec.jobspec.request, constraint: nil, duration: self["seconds"].map { .seconds(Int64($0)) })
  }

  var resize: JobResize {
    if let rank = self["release"] { return .release(ranks: Idset([rank]), vertices: []) }
    return .grant(question.parts, nil)
  }

  /// `taskmap=cyclic:2` and the like.
  private var taskmap: JSONObject? {
    guard let parts = text("taskmap")?.split(separator: ":").map(String.init) else { return nil }
    return ["scheme": .string(parts[0]), "value": .string(parts.count > 1 ? parts[1] : "")]
  }

  var end: AttemptEnd {
    let status = Int32(self["status"] ?? 0)
    if words.contains("time-limit") { return AttemptEnd(.timeLimit, status) }
    if words.contains("terminated") { return AttemptEnd(.terminated, status) }
    if words.contains("not-started") { return AttemptEnd(.notStarted("cannot execute"), 0) }
    return AttemptEnd(.exited, status)
  }

  /// `huge` adds an item that nothing could hold, as the second.
  func submission(
    after dependencies: [String], _ lookup: DependencyLookup, within: JobID?
  ) -> SubmitCommand {
    let spec = Samples.jobspec(
      [text("command") ?? "true"], nodes: self["nodes"], tasks: self["tasks"], cores: self["cores"] ?? 1,
      exclusive: words.contains("exclusive"), timeLimit: self["limit"], attempts: self["attempts"],
      mockMilliseconds: self["mock"], name: text("name"), dependencies: dependencies, retry: text("retry"),
      backoff: self["backoff"], taskmap: taskmap)
    let places = self["places"].map { [Dependency.place(group: 1, limit: UInt32($0))] } ?? []
    let item = SubmitCommand.Item(
      spec: spec, urgency: UInt8(self["urgency"] ?? 16), flags: words.contains("waitable") ? [.waitable] : [],
      lookup: lookup, places: places, within: within)
    var items = Array(repeating: item, count: self["count"] ?? 1)
    if words.contains("huge") {
      items.insert(
        SubmitCommand.Item(spec: Samples.jobspec(["huge"], cores: 1_000), urgency: 16, flags: []), at: 1)
    }
    return SubmitCommand(items: items, idempotency: key, isAtomic: words.contains("atomic"))
  }

  var key: IdempotencyKey? {
    self["key"].map {
      IdempotencyKey(scope: Samples.digest(UInt64($0)), body: Samples.digest(UInt64(self["body"] ?? 0)))
    }
  }
}

import ResourceFormats
import ResourceGraph
import Vocabulary

extension ResourceQuery {
  mutating func setStatus(_ path: String, _ text: String) throws(QueryFault) -> [String] {
    let vertex = try vertex(at: path)
    guard text == "up" || text == "down" else { throw QueryFault("a status is up or down, not \(text)") }
    try change(.setStatus(vertex, text == "up" ? .up : .down))
    return ["\(path) is \(text)"]
  }

  /// A vertex that is drained finishes what it has and takes nothing new; without a time, so that transcripts repeat.
  mutating func drain(_ path: String, reason: String) throws(QueryFault) -> [String] {
    try change(.drain(try vertex(at: path), Drain(reason: reason, at: Timestamp(microseconds: 0))))
    return ["\(path) is drained"]
  }

  mutating func undrain(_ path: String) throws(QueryFault) -> [String] {
    try change(.drain(try vertex(at: path), nil))
    return ["\(path) is not drained"]
  }

  mutating func resize(_ path: String, _ text: String) throws(QueryFault) -> [String] {
    guard let size = Amount(parsing: text) else { throw QueryFault("a size is a number such as 4 or 1.5, not \(text)") }
    let vertex = try vertex(at: path)
    try change(.resize(vertex, size))
    return ["\(path) has \(size.text)\(graph.view(of: vertex)?.unit ?? "")"]
  }

  /// `KEY=VALUE`, or `KEY` for a property that has no value.
  mutating func setProperty(_ path: String, _ text: String) throws(QueryFault) -> [String] {
    let vertex = try vertex(at: path)
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count == 2 ? String(parts[1]) : ""
    try change(.setProperties(vertex, [PropertyChange(key: String(parts[0]), value: value)]))
    return ["\(path) has \(text)"]
  }

  mutating func attach(_ path: String, _ recipe: String) throws(QueryFault) -> [String] {
    let parent = try vertex(at: path)
    let document: GraphDocument
    do throws(FormatError) {
      document = try Recipe.read(.string(recipe), roots: .several)
    } catch {
      throw QueryFault(error, in: "recipe")
    }
    let before = graph
    do throws(QueryFault) {
      for fragment in document.fragments { try change(.add(fragment, under: parent)) }
    } catch {
      graph = before
      throw error
    }
    return ["attached \(Self.vertices(graph.count - before.count)) beneath \(path)"]
  }

  mutating func remove(_ path: String) throws(QueryFault) -> [String] {
    let count = graph.count
    try change(.remove(try vertex(at: path)))
    return ["removed \(Self.vertices(count - graph.count)) at \(path)"]
  }

  mutating func change(_ change: GraphChange) throws(QueryFault) {
    do throws(MutationFault) {
      try measurements.mutations.measure { () throws(MutationFault) in
        try graph.check(change)
        graph.apply(change)
      }
    } catch {
      throw QueryFault(error)
    }
  }

  static func vertices(_ count: Int) -> String { count == 1 ? "1 vertex" : "\(count) vertices" }
}

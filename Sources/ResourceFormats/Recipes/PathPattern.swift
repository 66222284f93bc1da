import ResourceGraph
import Vocabulary

/// Paths by their names, of which each may have ids in brackets: `/cluster0/rack[0-3]/node[0-63]`, or be `*`.
///
/// Matched against vertices that there are, so that numbers which count on from rack to rack need no arithmetic. Every
/// id in brackets must match somewhere.
struct PathPattern {
  private enum Part {
    case any
    case exactly(String)
    case among(Hostlist)
  }

  private let parts: [Part]
  /// Names of each bracket that matched.
  private var matched: [Set<String>]
  private(set) var paths: [String] = []
  private var pathBytes = 0
  /// Whether it matches more than edges may name.
  private(set) var isTooWide = false

  var count: Int { parts.count }

  init?(_ text: some StringProtocol) {
    guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= FormatLimits.maximumRecipeBytes else { return nil }
    var parts: [Part] = []
    for name in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      if name == "*" {
        parts.append(.any)
      } else if name.hasSuffix("]"), let names = try? Hostlist(parsing: name) {
        parts.append(.among(names))
      } else if GraphWords.isName(name.utf8) {
        parts.append(.exactly(String(name)))
      } else {
        return nil
      }
    }
    guard parts.count <= GraphLimits.maximumDepth else { return nil }
    self.parts = parts
    matched = Array(repeating: [], count: parts.count)
  }

  /// Whether the name fits at the level.
  func fits(_ name: String, level: Int) -> Bool {
    guard level < parts.count else { return false }
    switch parts[level] {
    case .any: return true
    case .exactly(let wanted): return name == wanted
    // Of a substring, because for a string the compiler prefers the search through the whole sequence.
    case .among(let names): return names.contains(name)
    }
  }

  /// Notes a path whose names fit.
  mutating func add(_ path: String) {
    pathBytes += path.utf8.count
    isTooWide = isTooWide || paths.count >= GraphLimits.maximumEdges || pathBytes > FormatLimits.maximumEdgeBytes
    guard !isTooWide else { return }
    paths.append(path)
    for (level, name) in path.dropFirst().split(separator: "/").enumerated() {
      if case .among = parts[level] { matched[level].insert(String(name)) }
    }
  }

  /// A name that was asked for and that no vertex on a matching path has.
  var unmatched: String? {
    for (level, part) in parts.enumerated() {
      guard case .among(let names) = part, matched[level].count < names.count else { continue }
      return names.first { !matched[level].contains($0) }
    }
    return nil
  }
}

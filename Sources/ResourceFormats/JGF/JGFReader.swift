public import ResourceGraph
public import Vocabulary

/// Reads a graph in the JSON Graph Format node by node, in Fluxion's dialect or in that of RFC 40.
///
/// Nodes and edges may come in any order; what is wrong is told at the end, all at once. Text is read faster by
/// `JGFText`, which makes no values of it.
public struct JGFReader: Sendable {
  var collector: JGFCollector
  private let roots: JGFRoots
  private var failure: FormatError?

  /// - Parameters:
  ///   - roots: whether the document is a whole graph or parts to add to one.
  ///   - pointer: the JSON Pointer of the graph within the document, for faults.
  public init(roots: JGFRoots = .one, pointer: String = "/graph") {
    collector = JGFCollector(base: pointer)
    self.roots = roots
  }

  public mutating func addNode(_ value: JSONValue) {
    // One reader for values and text keeps them from differing.
    var scanner = TextScanner(Self.text(of: value))
    do throws(FormatError) { try collector.readNode(&scanner) } catch { failure = failure ?? error }
  }

  public mutating func addEdge(_ value: JSONValue) {
    var scanner = TextScanner(Self.text(of: value))
    do throws(FormatError) { try collector.readEdge(&scanner) } catch { failure = failure ?? error }
  }

  /// Takes the members of a `graph` object.
  public mutating func addGraph(_ value: JSONValue) {
    guard case .object(let graph) = value else {
      return collector.faults.report(collector.base, "must be an object")
    }
    for (member, isNode) in [("nodes", true), ("edges", false)] {
      guard let elements = graph[member] else {
        collector.faults.report("\(collector.base)/\(member)", "is required")
        continue
      }
      guard case .array(let elements) = elements else {
        collector.faults.report("\(collector.base)/\(member)", "must be an array")
        continue
      }
      for element in elements where failure == nil { if isNode { addNode(element) } else { addEdge(element) } }
    }
  }

  /// Checks what was read as a whole and compresses it.
  ///
  /// - Throws: `invalid` with every fault; `malformed` when a value holds what no JSON text can.
  public func finish() throws(FormatError) -> GraphDocument {
    if let failure { throw failure }
    return try collector.document(roots: roots)
  }

  private static func text(of value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    value.appendJSON(to: &bytes)
    return bytes
  }
}

extension JGFReader {
  /// Gives the hosts that R names the ranks that it gives them.
  mutating func rankHosts(_ set: ResourceSet) {
    for (rank, name) in zip(set.ranks, set.nodelist) { collector.ranksByName[name] = Int32(rank) }
  }
}

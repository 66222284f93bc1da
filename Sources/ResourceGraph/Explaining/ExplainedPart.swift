import Jobspec
import Vocabulary

/// A part of a request with the counts above it multiplied in.
struct ExplainedPart {
  let part: RequestPart
  let compiled: CompiledPart
  /// Which part of which part of the request.
  let path: [Int]
  /// At least, in the whole request and on each host, if it lies on one.
  let needed: Int64
  let perHost: Int64?

  var pointer: String { Self.pointer(path) }
  /// Whether the part stands for pools that are taken by amount, or for vertices that are taken whole.
  var isLeaf: Bool { part.parts.isEmpty }

  static func pointer(_ path: [Int]) -> String {
    "/resources/" + path.map(String.init).joined(separator: "/with/")
  }

  /// All parts that have a tally, outer ones first. A slot within a host has none: what is short there, is short of
  /// the host or of what is in the slot.
  static func list(_ request: [RequestPart], _ compiled: CompiledRequest) -> [ExplainedPart] {
    var list: [ExplainedPart] = []
    for (index, part) in request.enumerated() {
      collect(part, compiled.parts[index], path: [index], outer: 1, perHost: nil, into: &list)
    }
    return list
  }

  private static func collect(
    _ part: RequestPart, _ compiled: CompiledPart, path: [Int], outer: Int64, perHost: Int64?,
    into list: inout [ExplainedPart]
  ) {
    let minimum = part.count.minimum
    let needed = product(outer, minimum)
    let isHost = part.kind.type == ResourceGraph.hostType
    let here = isHost ? nil : perHost.map { product($0, minimum) }
    if !part.kind.isSlot || perHost == nil {
      list.append(ExplainedPart(part: part, compiled: compiled, path: path, needed: needed, perHost: here))
    }
    // A slot without hosts in it lies on one host, as does all that is in a host.
    let inside = isHost || part.kind.isSlot && perHost == nil && !compiled.holdsHosts ? 1 : here
    for (index, child) in part.parts.enumerated() {
      collect(
        child, compiled.parts[index], path: path + [index], outer: needed, perHost: inside, into: &list)
    }
  }

  /// Counts of hostile requests do not fit; the largest amount stands for them.
  private static func product(_ a: Int64, _ b: Int64) -> Int64 {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max / 1_000 : min(product, .max / 1_000)
  }
}

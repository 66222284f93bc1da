public import Jobspec
import Vocabulary

/// A request in the numbers of one graph.
///
/// Types never change their numbers, so that it stays good for every later state of the same graph; types that come
/// later are looked up anew.
public struct CompiledRequest: Sendable {
  let parts: [CompiledPart]
  /// Of the root, before any search: what all parts need at least.
  let least: [Need]
  /// A type that no vertex of the graph has ever had, so that nothing can match.
  public let unknownType: String?

  /// So many thousandths of a type.
  struct Need: Sendable, Hashable {
    let type: UInt16
    var amount: Int64
  }
}

/// One level of a request.
final class CompiledPart: Sendable {
  enum Kind: Sendable { case vertex, slot, orSlot, xorSlot }

  let kind: Kind
  /// Of a vertex.
  let type: UInt16
  let count: ResourceCount
  let isExclusive: Bool
  let ids: Idset?
  let parts: [CompiledPart]
  /// What one of it needs at least, wherever it lies.
  let least: [CompiledRequest.Need]
  /// One of it is an amount of a pool rather than a vertex with all it holds.
  let isAmount: Bool
  /// Its pools are beside containment: they are looked for upward.
  let isAuxiliary: Bool
  let holdsHosts: Bool

  init(_ part: RequestPart, _ graph: ResourceGraph, _ unknown: inout String?) {
    let parts = part.parts.map { CompiledPart($0, graph, &unknown) }
    self.parts = parts
    count = part.count
    isExclusive = part.isExclusive
    ids = part.ids
    var type: UInt16 = .max
    var kind = Kind.vertex
    switch part.kind {
    case .resource(let name):
      if let number = graph.names.number(of: name) { type = number } else { unknown = unknown ?? name }
    case .slot: kind = .slot
    case .orSlot: kind = .orSlot
    case .xorSlot: kind = .xorSlot
    }
    self.kind = kind
    self.type = type
    isAmount = kind == .vertex && parts.isEmpty
    isAuxiliary = kind == .vertex && graph.auxiliaryTypes.contains(type)
    let isHost = type == graph.names.number(of: ResourceGraph.hostType)
    holdsHosts = isHost || parts.contains(where: \.holdsHosts)
    least = Self.least(of: parts, own: isAuxiliary || kind != .vertex ? nil : type, part.isExclusive)
  }

  private static func least(of parts: [CompiledPart], own type: UInt16?, _ isExclusive: Bool) -> [CompiledRequest.Need]
  {
    var needs: [CompiledRequest.Need] = []
    for part in parts { part.addLeast(to: &needs) }
    if let type, parts.isEmpty || isExclusive { CompiledPart.add(type, 1, to: &needs) }
    return needs
  }

  /// What all of the part needs at least.
  func addLeast(to needs: inout [CompiledRequest.Need]) {
    // Of alternatives it is not known which is taken.
    guard kind == .vertex || kind == .slot, !isAuxiliary else { return }
    let minimum = count.minimum
    if isAmount {
      CompiledPart.add(type, minimum.multipliedReportingOverflow(by: 1_000).partialValue, to: &needs)
    } else {
      for need in least {
        CompiledPart.add(need.type, need.amount.multipliedReportingOverflow(by: minimum).partialValue, to: &needs)
      }
    }
  }

  static func add(_ type: UInt16, _ amount: Int64, to needs: inout [CompiledRequest.Need]) {
    if let index = needs.firstIndex(where: { $0.type == type }) {
      needs[index].amount &+= amount
    } else {
      needs.append(CompiledRequest.Need(type: type, amount: amount))
    }
  }
}

extension ResourceGraph {
  public func compile(_ request: [RequestPart]) -> CompiledRequest {
    var unknown: String?
    let parts = request.map { CompiledPart($0, self, &unknown) }
    var least: [CompiledRequest.Need] = []
    for part in parts { part.addLeast(to: &least) }
    return CompiledRequest(parts: parts, least: least, unknownType: unknown)
  }
}

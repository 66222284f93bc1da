public import Vocabulary

/// One vertex of what a job asks for, ready to be matched against resources.
///
/// It is a `ResourceVertex` with everything worked out that RFC 14 leaves to defaults. Siblings are all needed, but
/// for these, whose siblings of the same kind are alternatives of one choice:
///
/// * `or_slot`: any mix. The choice is made for each slot by itself; all alternatives have the same count, which is
///   the number of slots together. Fluxion's `flexible` traverser takes sibling *slots* so, and has the last one's
///   count hold for all. RFC 14 wants sibling slots to be all needed (its use case 2.4), hence the name of their own.
/// * `xor_slot`: exactly one, with its own count and whatever is in it; tried in the order in which they are written,
///   and the first that fits is taken. They may be nested.
///
/// A slot stands for no resource: it groups what is in it, on as many resources as its count says.
/// - Source: RFC 14, "Resources"; flux-sched, `resource/utilities/README.md`, "Flexible Traverser".
public struct RequestPart: Hashable, Sendable {
  /// What a part stands for.
  public enum Kind: Hashable, Sendable {
    case resource(type: String)
    case slot
    case orSlot
    case xorSlot
  }

  public let kind: Kind
  /// For memory with a unit of bytes: whole mebibytes, rounded up.
  public let count: ResourceCount
  /// `MiB` for memory with a unit of bytes; otherwise as written.
  public let unit: String?
  /// As written, or else true in a slot and false outside.
  public let isExclusive: Bool
  /// Only resources with these ids will do; `nil`: any.
  public let ids: Idset?
  /// The name by which `tasks` refer to a slot. Alternatives may share one.
  public let label: String?
  /// What each of it must hold.
  public let parts: [RequestPart]

  public init(
    kind: Kind, count: ResourceCount, unit: String? = nil, isExclusive: Bool, ids: Idset? = nil,
    label: String? = nil, parts: [RequestPart] = []
  ) {
    self.kind = kind
    self.count = count
    self.unit = unit
    self.isExclusive = isExclusive
    self.ids = ids
    self.label = label
    self.parts = parts
  }
}

extension RequestPart.Kind {
  init(type: String) {
    switch type {
    case "slot": self = .slot
    case "or_slot": self = .orSlot
    case "xor_slot": self = .xorSlot
    default: self = .resource(type: type)
    }
  }

  public var isSlot: Bool { if case .resource = self { false } else { true } }

  /// Whether siblings of this kind are alternatives.
  public var isAlternative: Bool { self == .orSlot || self == .xorSlot }

  /// `nil` for slots.
  public var type: String? { if case .resource(let type) = self { type } else { nil } }
}

extension RequestPart {
  /// - Precondition: the vertices were checked.
  static func compile(_ vertices: [ResourceVertex], inSlot: Bool = false) -> [RequestPart] {
    vertices.map { RequestPart(compiling: $0, inSlot: inSlot) }
  }

  private init(compiling vertex: ResourceVertex, inSlot: Bool) {
    kind = Kind(type: vertex.type)
    let bytes = vertex.type == MemoryUnit.resourceType ? vertex.unit.flatMap { MemoryUnit.bytes(of: $0) } : nil
    count = bytes.map { vertex.count.mebibytes(of: $0) } ?? vertex.count
    unit = bytes == nil ? vertex.unit : MemoryUnit.ofGraph
    let isInside = inSlot || kind.isSlot
    isExclusive = vertex.exclusive ?? isInside
    ids = vertex.id.flatMap { try? Idset(parsing: $0) }
    label = vertex.label
    parts = Self.compile(vertex.with, inSlot: isInside)
  }
}

public import Vocabulary

/// R version 1: which resources of which hosts, by rank.
///
/// Ranks that have the same children share one entry, entries are ordered by their first rank, and the node list is
/// in the order of ranks; so equal sets have equal texts.
/// - Source: RFC 20.
public struct ResourceSet: Hashable, Sendable {
  /// Hosts that have the same children.
  public struct Entry: Hashable, Sendable {
    public var ranks: Idset
    /// Ids by type, such as `core`; types in alphabetical order.
    public var children: [Children]

    public init(ranks: Idset, children: [Children]) {
      self.ranks = ranks
      self.children = children.sorted { $0.type < $1.type }
    }
  }

  /// The ids of one type that a host has.
  public struct Children: Hashable, Sendable {
    public var type: String
    public var ids: Idset

    public init(type: String, ids: Idset) {
      self.type = type
      self.ids = ids
    }
  }

  /// Hosts that have a property.
  public struct RankedProperty: Hashable, Sendable {
    /// A word, with `=value` behind it where it has a value; `@` and what follows is for schedulers.
    public var name: String
    public var ranks: Idset

    public init(name: String, ranks: Idset) {
      self.name = name
      self.ranks = ranks
    }
  }

  public private(set) var entries: [Entry]
  /// One name for each rank, in the order of ranks.
  public let nodelist: Hostlist
  public var properties: [RankedProperty]
  /// Slots of an allocation; `nil` for an inventory.
  public var slotCount: Int?
  /// Seconds since 1970; `nil` is unset, which is also what 0 means in the text.
  public var starttime: Double?
  public var expiration: Double?

  /// - Precondition: entries have no rank in common, and the node list names as many hosts as they have ranks.
  public init(
    entries: [Entry], nodelist: Hostlist, properties: [RankedProperty] = [], slotCount: Int? = nil,
    starttime: Double? = nil, expiration: Double? = nil
  ) {
    precondition(entries.reduce(0) { $0 + $1.ranks.count } == nodelist.count, "each rank has a name")
    self.entries = Self.coalesced(entries)
    self.nodelist = nodelist
    self.properties = properties.sorted { $0.name < $1.name }
    self.slotCount = slotCount
    self.starttime = starttime
    self.expiration = expiration
  }

  public var ranks: Idset { entries.reduce(into: Idset()) { $0.formUnion($1.ranks) } }

  /// Entries with the same children joined, by first rank.
  private static func coalesced(_ entries: [Entry]) -> [Entry] {
    var ranks: [[Children]: [Idset]] = [:]
    for entry in entries { ranks[entry.children, default: []].append(entry.ranks) }
    return ranks.map { Entry(ranks: union($0.value[...]), children: $0.key) }
      .sorted { ($0.ranks.first ?? 0) < ($1.ranks.first ?? 0) }
  }

  /// In halves, because a union costs the runs of both sides: one after another would be quadratic.
  static func union(_ sets: ArraySlice<Idset>) -> Idset {
    guard sets.count > 1 else { return sets.first ?? Idset() }
    let middle = sets.startIndex + sets.count / 2
    return union(sets[..<middle]).union(union(sets[middle...]))
  }
}

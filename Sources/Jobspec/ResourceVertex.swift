/// One vertex of the tree of resources that a job asks for.
///
/// - Source: RFC 14, "Resources".
public struct ResourceVertex: Hashable, Sendable {
  public let type: String
  public let count: ResourceCount
  public let unit: String?
  /// As written; `nil` means true in a slot and false outside.
  public let exclusive: Bool?
  /// What each of it must hold.
  public let with: [ResourceVertex]
  /// The name by which `tasks` refer to a slot.
  public let label: String?
  /// A set of resource ids, as written.
  public let id: String?

  public init(
    type: String, count: ResourceCount, unit: String? = nil, exclusive: Bool? = nil,
    with: [ResourceVertex] = [],
    label: String? = nil, id: String? = nil
  ) {
    self.type = type
    self.count = count
    self.unit = unit
    self.exclusive = exclusive
    self.with = with
    self.label = label
    self.id = id
  }
}

public import ResourceGraph
public import Vocabulary

/// A vertex as the JSON Graph Format writes it.
public struct JGFVertex: Hashable, Sendable {
  /// Unique in the document; Fluxion makes its `uniq_id` of it.
  public var uniqueID: UInt32
  public var type: String
  public var basename: String
  public var name: String
  public var id: Int
  /// `nil` is Fluxion's -1.
  public var rank: Int?
  public var status: VertexStatus
  public var isExclusive: Bool
  public var unit: String
  public var size: Amount
  public var properties: [Property]
  /// The containment path.
  public var path: String

  public init(
    uniqueID: UInt32, type: String, basename: String, name: String, id: Int, rank: Int? = nil,
    status: VertexStatus = .up, isExclusive: Bool = false, unit: String = "", size: Amount = .one,
    properties: [Property] = [], path: String
  ) {
    self.uniqueID = uniqueID
    self.type = type
    self.basename = basename
    self.name = name
    self.id = id
    self.rank = rank
    self.status = status
    self.isExclusive = isExclusive
    self.unit = unit
    self.size = size
    self.properties = properties
    self.path = path
  }
}

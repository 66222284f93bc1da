/// An edge as the JSON Graph Format writes it.
public struct JGFEdge: Hashable, Sendable {
  public var source: UInt32
  public var target: UInt32
  public var subsystem: String
  /// Empty: the subsystem says enough.
  public var relationship: String

  public init(
    source: UInt32, target: UInt32, subsystem: String = "containment", relationship: String = "contains"
  ) {
    self.source = source
    self.target = target
    self.subsystem = subsystem
    self.relationship = relationship
  }
}

public import Vocabulary

/// On whose behalf something exists: a user of a tenant.
///
/// A class so that a million jobs of one user share it; immutable, so still a value.
public final class Principal: Sendable, Hashable {
  public let name: String
  /// The number that Flux formats carry.
  public let userID: UInt32
  public let tenant: String

  public init(name: String, userID: UInt32, tenant: String) {
    self.name = name
    self.userID = userID
    self.tenant = tenant
  }

  public static func == (a: Principal, b: Principal) -> Bool {
    a === b || a.userID == b.userID && a.name == b.name && a.tenant == b.tenant
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(userID) }

  public func pack(into writer: inout PackedWriter) {
    writer.write(name)
    writer.write(userID)
    writer.write(tenant)
  }

  public convenience init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(name: try reader.readString(), userID: try reader.readUInt32(), tenant: try reader.readString())
  }
}

public import Vocabulary

/// Hosts that are kept free of jobs for a time.
///
/// Nothing is placed there whose time, from its start to its time limit, has a moment in common with the window; what
/// runs already is not touched.
public struct MaintenanceWindow: Hashable, Sendable {
  public let name: String
  /// Ranks; `nil`: all.
  public var hosts: Idset?
  public var from: Timestamp
  /// Exclusive; `nil`: until further notice.
  public var until: Timestamp?
  public var reason: String
  /// Numbers of the users whose jobs may still run.
  public var users: [UInt32]

  public init(
    name: String, hosts: Idset? = nil, from: Timestamp, until: Timestamp? = nil, reason: String = "",
    users: [UInt32] = []
  ) {
    self.name = name
    self.hosts = hosts
    self.from = from
    self.until = until
    self.reason = reason
    self.users = users
  }
}

extension MaintenanceWindow {
  public func pack(into writer: inout PackedWriter) {
    writer.write(name)
    writer.writeOptional(hosts) { $0.write($1.description) }
    writer.write(from)
    writer.writeOptional(until) { $0.write($1) }
    writer.write(reason)
    writer.writeList(users) { $0.write($1) }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    name = try reader.readString()
    hosts = try reader.readOptional { (reader) throws(PackedError) in
      let start = reader.offset
      guard let ids = try? Idset(parsing: try reader.readString()) else { throw .invalid("hosts", offset: start) }
      return ids
    }
    from = try reader.readTimestamp()
    until = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() }
    reason = try reader.readString()
    users = try reader.readList { (reader) throws(PackedError) in try reader.readUInt32() }
  }
}

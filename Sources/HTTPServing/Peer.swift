/// Who is at the other end of a connection.
public enum Peer: Sendable, Hashable {
  /// The numeric address, without the port.
  case tcp(address: String)
  /// What the kernel says of the process that connected.
  case unix(uid: UInt32, gid: UInt32, pid: Int32)
}

public import Jobs
public import Vocabulary

/// A credential of the API, as the instance knows it: the secret itself is never kept.
public struct Token: Sendable, Equatable {
  /// Public name, for lists and revocation.
  public let id: String
  /// SHA-256 of the secret text.
  public let digest: Digest
  public let principal: Principal
  public let role: Role
  public let issuedAt: Timestamp
  /// `nil`: never.
  public let expiresAt: Timestamp?
  public let note: String

  public init(
    id: String, digest: Digest, principal: Principal, role: Role, issuedAt: Timestamp, expiresAt: Timestamp?,
    note: String
  ) {
    self.id = id
    self.digest = digest
    self.principal = principal
    self.role = role
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.note = note
  }

  public func isValid(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }

  public func pack(into writer: inout PackedWriter) {
    writer.write(id)
    writer.write(digest)
    principal.pack(into: &writer)
    writer.write(role.rawValue)
    writer.write(issuedAt)
    writer.writeOptional(expiresAt) { $0.write($1) }
    writer.write(note)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try reader.readString()
    digest = try reader.readDigest()
    principal = try Principal(unpacking: &reader)
    guard let role = Role(rawValue: try reader.readByte()) else {
      throw .invalid("role", offset: reader.offset)
    }
    self.role = role
    issuedAt = try reader.readTimestamp()
    expiresAt = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() }
    note = try reader.readString()
  }
}

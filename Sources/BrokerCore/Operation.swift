public import Jobs
import Jobspec
public import Vocabulary

/// Work too long for one batch: done a bounded step at a time, each step logged, resumed after a crash.
public struct Operation: Sendable, Equatable {
  /// Of the record that began it.
  public let id: UInt64
  public let owner: Principal
  public let role: Role
  public let kind: Kind
  /// The next job to look at.
  public var cursor: JobID
  /// How many jobs it changed so far.
  public var changed: UInt64

  public enum Kind: Sendable, Equatable {
    /// Does something to every job that matches and that it concerns, up to and with `last`: jobs submitted later are
    /// spared.
    case act(JobAction, JobFilter, last: JobID)
    /// After a shepherd joined: attempts that were allocated before and that it does not know are lost.
    case reconcile(known: [AttemptID])
  }

  init(id: UInt64, owner: Principal, role: Role, kind: Kind, cursor: JobID, changed: UInt64) {
    self.id = id
    self.owner = owner
    self.role = role
    self.kind = kind
    self.cursor = cursor
    self.changed = changed
  }

  func pack(into writer: inout PackedWriter) {
    writer.write(id)
    owner.pack(into: &writer)
    writer.write(role.rawValue)
    switch kind {
    case .act(let action, let filter, let last):
      writer.write(UInt8(3))
      action.pack(into: &writer)
      filter.pack(into: &writer)
      writer.writeOptional(filter.query) { $0.write($1.text) }
      writer.write(last)
    case .reconcile(let known):
      writer.write(UInt8(2))
      writer.writeList(known) { $1.pack(into: &$0) }
    }
    writer.write(cursor)
    writer.write(changed)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try reader.readUInt64()
    owner = try Principal(unpacking: &reader)
    guard let role = Role(rawValue: try reader.readByte()) else { throw .invalid("role", offset: reader.offset) }
    self.role = role
    switch try reader.readByte() {
    case 1: kind = try Self.unpackedCancellation(&reader)
    case 2:
      kind = .reconcile(
        known: try reader.readList { (reader) throws(PackedError) in try AttemptID(unpacking: &reader) })
    case 3: kind = try Self.unpackedAction(&reader)
    default: throw .invalid("operation kind", offset: reader.offset)
    }
    cursor = try reader.readJobID()
    changed = try reader.readUInt64()
  }

  /// As operations that cancel were written before there were other actions.
  private static func unpackedCancellation(_ reader: inout PackedReader) throws(PackedError) -> Kind {
    let filter = try JobFilter(unpacking: &reader)
    let last = try reader.readJobID()
    return .act(.cancel(note: try reader.readString()), filter, last: last)
  }

  private static func unpackedAction(_ reader: inout PackedReader) throws(PackedError) -> Kind {
    let action = try JobAction(unpacking: &reader)
    var filter = try JobFilter(unpacking: &reader)
    let text = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    if let text {
      do throws(SyntaxFault) { filter.query = try JobQuery(text) } catch {
        throw .invalid("query of an operation", offset: reader.offset)
      }
    }
    return .act(action, filter, last: try reader.readJobID())
  }
}

import BrokerCore
import GRDB
import Jobs
import Synchronization
import Vocabulary

/// Owners and jobspecs that ended jobs share, so that a page of jobs shares the objects.
final class ArchiveCache: Sendable {
  /// Past these a cache starts anew.
  private static let principalLimit = 4_096
  private static let jobspecLimit = 1_024

  private let principals = Mutex<[Int64: Principal]>([:])
  private let jobspecs = Mutex<[Int64: StoredJobspec]>([:])

  /// - Parameter row: columns `SELECT columns`.
  func job(_ row: Row, _ db: Database) throws -> Job {
    let packed = try row.bytes(3)
    let id = JobID(try row.unsigned(0))
    guard CRC32C.checksum(packed) == (try row.narrow(4) as UInt32) else {
      throw JournalError.damaged(position: nil, reason: "the checksum of ended job \(id.f58) does not match")
    }
    let owner = try principal(try row.integer(1), db)
    let spec = try jobspec(try row.integer(2), db)
    do {
      var reader = PackedReader(packed)
      let job = try Job(unpacking: &reader, owner: owner, spec: spec)
      guard job.id == id, job.phase == .ended, reader.isAtEnd else {
        throw PackedError.invalid("another job", offset: 0)
      }
      return job
    } catch let error as PackedError {
      throw JournalError.damaged(position: nil, reason: "ended job \(id.f58) cannot be read: \(error.text)")
    }
  }

  static let columns = "jobs.id, jobs.principal, jobs.jobspec, jobs.packed, jobs.crc"

  private func principal(_ id: Int64, _ db: Database) throws -> Principal {
    if let known = principals.withLock({ $0[id] }) { return known }
    let statement = try db.cachedStatement(sql: "SELECT name, user_id, tenant FROM principals WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]) else {
      throw JournalError.damaged(position: nil, reason: "the owner of an ended job is missing")
    }
    let principal = Principal(name: try row.text(0), userID: try row.narrow(1), tenant: try row.text(2))
    principals.withLock { known in
      if known.count >= Self.principalLimit { known.removeAll() }
      known[id] = principal
    }
    return principal
  }

  private func jobspec(_ id: Int64, _ db: Database) throws -> StoredJobspec {
    if let known = jobspecs.withLock({ $0[id] }) { return known }
    let statement = try db.cachedStatement(sql: "SELECT packed FROM jobspecs WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]) else {
      throw JournalError.damaged(position: nil, reason: "the jobspec of an ended job is missing")
    }
    var reader = PackedReader(try row.bytes(0))
    let spec = try StoredJobspec(unpacking: &reader)
    jobspecs.withLock { known in
      if known.count >= Self.jobspecLimit { known.removeAll() }
      known[id] = spec
    }
    return spec
  }
}

public import BrokerCore
import GRDB
import Glibc
import Synchronization
import Vocabulary

extension Journal {
  public func append(_ batch: CommitBatch) throws(AppendFailure) {
    if let reason = fault.withLock({ $0 }) { throw .failed(reason) }
    let outcome = writer.withLock { writer -> Result<Int, AppendFailure> in
      do {
        let bytes = try writer.commit(batch, pool)
        let mark = HighWaterMark(epoch: writer.epoch, seq: writer.head.seq, chain: writer.head.chain)
        // Without space for it the older mark stays, which claims less.
        try? mark.write(to: acknowledged)
        return .success(bytes)
      } catch {
        return .failure(appendFailure(error))
      }
    }
    let bytes = try outcome.get()
    Failpoints.hit("journal.afterCommit")
    workSinceSnapshot.add(batch.records.reduce(0) { $0 + $1.body.foldingWork }, ordering: .relaxed)
    bytesSinceSnapshot.add(UInt64(bytes), ordering: .relaxed)
    checkpointer.noteCommit(bytes: bytes, ended: batch.ended.count) { [weak self] reason in self?.stop(reason)
    }
  }

  /// No more writing: what the storage says cannot be trusted.
  private func stop(_ reason: String) { fault.withLock { if $0 == nil { $0 = reason } } }

  private func appendFailure(_ error: any Error) -> AppendFailure {
    if error is LogWriter.Fenced { return .fenced }
    guard let error = error as? DatabaseError else {
      stop("\(error)")
      return .failed("\(error)")
    }
    switch error.extendedResultCode {
    case .SQLITE_FULL: return .full
    // The write-ahead log's index could not grow, or a quota was reached: SQLite has one code for every reason.
    case .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMMAP,
      .SQLITE_CANTOPEN:
      if !hasSpace() { return .full }
    default: break
    }
    stop(error.text)
    return .failed(error.text)
  }

  /// Whether a small file can be written next to the database.
  private func hasSpace() -> Bool {
    let path = directory.path + "/space.probe"
    defer { try? Files.remove(path) }
    do {
      try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC).write([UInt8](repeating: 0, count: 1 << 16))
      return true
    } catch {
      return error.code != ENOSPC && error.code != EDQUOT
    }
  }
}

public import BrokerCore
public import Jobs
import Persistent
import Synchronization
public import Vocabulary

/// A journal that is an array of bytes: every batch goes through its packed form, as on a disk.
///
/// What `append` accepted is synced and survives a crash. It can be made full or broken.
public final class MemoryJournal: JournalPort {
  private struct Contents {
    var batches: [(firstSeq: UInt64, bytes: [UInt8])] = []
    var snapshot: (nextSeq: UInt64, chunks: [[UInt8]])?
    var ended = SortedMap<JobID, Job>()
    var failure: AppendFailure?
    var keepsFailedBatch = false
    var size = 0
  }

  private let contents = Mutex(Contents())
  private let epoch: UInt32

  public init(epoch: UInt32 = 1) { self.epoch = epoch }

  /// What the next appends end with; `nil`: they succeed.
  /// - Parameter keepsBatch: the batch is durable all the same, as after a sync that failed too late.
  public func fail(with failure: AppendFailure?, keepsBatch: Bool = false) {
    contents.withLock { contents in
      contents.failure = failure
      contents.keepsFailedBatch = keepsBatch
    }
  }

  public func append(_ batch: CommitBatch) throws(AppendFailure) {
    guard let first = batch.records.first else { preconditionFailure("an empty batch is never committed") }
    var writer = PackedWriter()
    RecordBatch.pack(batch.records, epoch: batch.epoch, into: &writer)
    let bytes = writer.bytes
    let failure = contents.withLock { contents -> AppendFailure? in
      if contents.failure == nil || contents.keepsFailedBatch {
        contents.batches.append((first.seq, bytes))
        contents.size += bytes.count
        for job in batch.ended { contents.ended[job.id] = job }
        for case .jobsPurged(let ids) in batch.records.lazy.map(\.body) {
          for id in ids { contents.ended[id] = nil }
        }
      }
      return contents.failure
    }
    if let failure { throw failure }
  }

  /// Keeps a state as the point from which a restart replays.
  public func store(snapshotOf state: BrokerState) {
    var chunks: [[UInt8]] = []
    state.packSnapshot { chunks.append($0) }
    contents.withLock { $0.snapshot = (state.nextSeq, chunks) }
  }

  /// The snapshot, and every batch after it, folded again.
  public func restore() throws(PackedError) -> BrokerState {
    let (snapshot, batches) = contents.withLock { ($0.snapshot, $0.batches) }
    var state = BrokerState(epoch: epoch)
    if let snapshot {
      var remaining = snapshot.chunks.makeIterator()
      state = try BrokerState(unpackingSnapshot: { () throws(PackedError) in remaining.next() })
    }
    for batch in batches where batch.firstSeq >= state.nextSeq {
      for record in try RecordBatch.unpack(batch.bytes).records { state.fold(record) }
    }
    return state
  }

  /// All records, oldest first.
  public func records() throws(PackedError) -> [Record] {
    var records: [Record] = []
    for batch in contents.withLock({ $0.batches }) { records += try RecordBatch.unpack(batch.bytes).records }
    return records
  }

  public func endedJob(_ id: JobID) -> Job? { contents.withLock { $0.ended[id] } }
  public var endedCount: Int { contents.withLock { $0.ended.count } }
  public var lastBatch: [UInt8] { contents.withLock { $0.batches.last?.bytes ?? [] } }
  public var byteCount: Int { contents.withLock { $0.size } }
}

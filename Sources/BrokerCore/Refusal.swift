public import KeyValues
public import ResourceGraph
public import Vocabulary

/// Why a command was refused: nothing was changed.
///
/// The core speaks no HTTP; one table in `RESTAPI` turns these into problems.
public enum Refusal: Error, Sendable, Equatable {
  /// No such job, or not the caller's to know.
  case unknownJob(JobID)
  case jobEnded(JobID)
  /// The caller may know the object but not do this.
  case forbidden(String)
  /// Nothing in the instance could ever satisfy the request.
  case unsatisfiable(String)
  /// The same idempotency key came with another body.
  case idempotencyMismatch
  case tooManyIdempotencyKeys(limit: Int)
  case tooManyActiveJobs(limit: Int)
  case unknownToken
  case tooManyTokens(limit: Int)
  case tooManyOperations(limit: Int)
  /// No such namespace, or not the caller's to know.
  case unknownNamespace
  case namespaceExists
  /// The revision is not retained.
  case revisionGone(oldest: UInt64)
  case transaction(TransactionRefusal)
  case quotaExceeded(String)
  /// The others at this fence say that they are another number.
  case fenceMismatch(size: Int)
  case tooManyTopics(limit: Int)
  /// The instance has no resources yet.
  case noResources
  /// The graph is not what the caller has seen.
  case graphHasChanged(version: UInt64)
  /// One operation of a mutation cannot be.
  case mutation(index: Int, MutationFault)
  /// It cannot be as things are now.
  case conflict(String)
  case unknownAllocation
  case tooManyAllocations(limit: Int)
  case tooManyReservations(limit: Int)
  case unknownQueue(String)
  case tooManyQueues(limit: Int)
  /// It takes no jobs now.
  case queueClosed(String)
  case overQueueLimit(String)
  case unknownMaintenance
  case tooManyMaintenanceWindows(limit: Int)
  /// A dependency cannot be; `place` is its JSON Pointer in the request.
  case dependency(place: String, reason: String)
  /// The job has no processes now.
  case notRunning(JobID)
  /// What of a job can change only before it runs, or not any more; the text says which.
  case notChangeable(String)
  /// The job is none of the caller's waitable ones, or its result was collected before.
  case notWaitable(JobID)
  /// No waitable job of the caller is active or uncollected.
  case nothingToWaitFor
  case tooManyWaitables(limit: Int)
  /// No step can be submitted within the job that was named.
  case notEnclosing(String)
  /// Too much ended since the targets of dependencies were looked up: to be tried again.
  case lookupOutdated

  /// Packed and unpacked with the answers kept for idempotency keys.
  func pack(into writer: inout PackedWriter) {
    switch self {
    case .unsatisfiable(let reason):
      writer.write(UInt8(1))
      writer.write(reason)
    case .tooManyActiveJobs(let limit):
      writer.write(UInt8(2))
      writer.write(limit)
    case .unknownQueue(let name):
      writer.write(UInt8(3))
      writer.write(name)
    case .queueClosed(let reason):
      writer.write(UInt8(4))
      writer.write(reason)
    case .overQueueLimit(let reason):
      writer.write(UInt8(5))
      writer.write(reason)
    case .dependency(let place, let reason):
      writer.write(UInt8(16))
      writer.write(place)
      writer.write(reason)
    case .tooManyWaitables(let limit):
      writer.write(UInt8(17))
      writer.write(limit)
    case .notEnclosing(let reason):
      writer.write(UInt8(18))
      writer.write(reason)
    default: preconditionFailure("only refusals of single submissions are kept")
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 1: self = .unsatisfiable(try reader.readString())
    case 2: self = .tooManyActiveJobs(limit: try reader.readInt())
    case 3: self = .unknownQueue(try reader.readString())
    case 4: self = .queueClosed(try reader.readString())
    case 5: self = .overQueueLimit(try reader.readString())
    case 16: self = .dependency(place: try reader.readString(), reason: try reader.readString())
    case 17: self = .tooManyWaitables(limit: try reader.readInt())
    case 18: self = .notEnclosing(try reader.readString())
    default: throw .invalid("refusal kind", offset: reader.offset)
    }
  }
}

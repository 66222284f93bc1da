import Jobs
import Persistent
import Vocabulary

extension BrokerState {
  /// The first step is taken at once; what is left becomes a logged operation.
  func decideOperation(
    _ kind: Operation.Kind, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    guard operations.count < BrokerLimits.operations else {
      throw .tooManyOperations(limit: BrokerLimits.operations)
    }
    var operation = Operation(
      id: builder.seq, owner: attribution.principal, role: attribution.role, kind: kind, cursor: JobID(0), changed: 0)
    let begun = builder.seq
    builder.add(.operationBegun(operation), owner: operation.owner)
    let isComplete = step(&operation, at: now, &builder)
    builder.add(
      isComplete
        ? .operationEnded(id: begun)
        : .operationAdvanced(id: begun, cursor: operation.cursor, changed: operation.changed), owner: operation.owner)
    return builder.decision(.operation(id: begun, changed: operation.changed, isComplete: isComplete))
  }

  /// One bounded step of the oldest operation.
  func advanceOperations(at now: Timestamp, _ builder: inout RecordBuilder) {
    guard let (id, oldest) = operations.first.map({ ($0.key, $0.value) }) else { return }
    var operation = oldest
    if step(&operation, at: now, &builder) {
      builder.add(.operationEnded(id: id), owner: operation.owner, cause: id)
    } else {
      builder.add(
        .operationAdvanced(id: id, cursor: operation.cursor, changed: operation.changed), owner: operation.owner,
        cause: id)
    }
  }

  /// Looks at the next jobs of an operation and moves its cursor.
  /// - Returns: whether nothing is left.
  private func step(_ operation: inout Operation, at now: Timestamp, _ builder: inout RecordBuilder) -> Bool {
    let begun = operation
    switch begun.kind {
    case .act(let action, let filter, let last):
      return step(&operation, action, on: filter, upTo: last, &builder)
    case .reconcile:
      let areJobsDone = stepThroughJobs(&operation, upTo: lastJobID, &builder) { job, builder in
        guard begun.findsLost(job) else { return false }
        lose(job, at: now, cause: begun.id, &builder)
        return true
      }
      return areJobsDone && loseHousekeepings(begun, at: now, &builder)
    }
  }

  private func step(
    _ operation: inout Operation, _ action: JobAction, on filter: JobFilter, upTo last: JobID,
    _ builder: inout RecordBuilder
  ) -> Bool {
    let begun = operation
    return stepThroughJobs(&operation, upTo: last, &builder) { job, builder in
      guard filter.matches(job), begun.role == .owner || begun.owner == job.owner, concerns(action, job) else {
        return false
      }
      carryOut(action, on: job, by: begun.owner, cause: begun.id, &builder)
      return true
    }
  }

  private func stepThroughJobs(
    _ operation: inout Operation, upTo last: JobID, _ builder: inout RecordBuilder,
    _ change: (Job, inout RecordBuilder) -> Bool
  ) -> Bool {
    var candidates = 0
    var next = operation.cursor
    var changed: UInt64 = 0
    var isComplete = true
    // Room for the records of one more job and the two of the operation itself.
    let mostRecords = BrokerLimits.recordsPerCommand - 8
    jobs.forEach(from: operation.cursor) { id, job in
      guard id <= last else { return false }
      guard candidates < BrokerLimits.candidatesPerStep, builder.records.count < mostRecords else {
        isComplete = false
        next = id
        return false
      }
      candidates += 1
      if change(job, &builder) { changed += 1 }
      return true
    }
    // What was looked through is not looked at again, even where the operation has more to do.
    operation.cursor = isComplete ? JobID(last.rawValue &+ 1) : next
    operation.changed += changed
    return isComplete
  }
}

extension BrokerState {
  /// Whether an earlier shepherd may have run the job's attempt, so that no other may.
  func willBeLost(_ job: Job) -> Bool { operations.contains { $0.value.findsLost(job) } }
  func willBeLost(_ held: Housekeeping) -> Bool { operations.contains { $0.value.findsLost(held) } }
}

extension Operation {
  /// Whether the job's attempt went down with the shepherd before the one that joined.
  fileprivate func findsLost(_ job: Job) -> Bool {
    guard case .reconcile(let known) = kind else { return false }
    return job.phase.isExecuting && !job.awaitsSteps && !job.isMock && job.stageSeq < id
      && !known.contains(sorted: job.attemptID)
  }

  func findsLost(_ held: Housekeeping) -> Bool {
    guard case .reconcile(let known) = kind else { return false }
    return held.id < id && !known.contains(sorted: held.attempt)
  }
}

extension Job {
  /// Where it was logged that the current stage of the current attempt begins.
  fileprivate var stageSeq: UInt64 {
    let begun = history.last { happening in
      switch happening.event {
      case .alloc, .prologFinish, .epilogStart: true
      default: false
      }
    }
    return begun?.seq ?? 0
  }

  /// Where what it holds was logged.
  var heldSeq: UInt64 {
    let held = history.last { happening in
      switch happening.event {
      case .alloc, .resize: true
      default: false
      }
    }
    return held?.seq ?? 0
  }
}

extension [AttemptID] {
  /// Binary search; the array is sorted.
  func contains(sorted id: AttemptID) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == id
  }
}

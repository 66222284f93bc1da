import BrokerCore
import Execution
import Jobs
import RESTAPI
import Vocabulary

/// Reads tasks' output from the files of the execution's store.
struct StoredOutputs: OutputReading {
  let store: OutputStore

  /// Everything that the job's attempts, and the programs around them, wrote to the store.
  func remove(_ job: Job) {
    for attempt in 1...job.attempt {
      for stage in AttemptStage.allCases { store.remove(AttemptID(job: job.id, attempt: attempt, stage: stage)) }
    }
  }

  func reader(_ job: JobID, attempt: UInt32, _ request: OutputRequest) -> any OutputReader {
    var skipped: [OutputStore.Stream: UInt64] = [:]
    for (stream, count) in request.skipped { skipped[stream == .stdout ? .output : .error] = count }
    let streams = request.streams.map { $0 == .stdout ? OutputStore.Stream.output : .error }
    let wanted = OutputCursor.Request(streams: streams, rank: request.rank, skipped: skipped, limit: request.limit)
    return StoredOutput(cursor: OutputCursor(store, AttemptID(job: job, attempt: attempt), wanted))
  }
}

private final class StoredOutput: OutputReader {
  private let cursor: OutputCursor

  init(cursor: OutputCursor) { self.cursor = cursor }

  func next(limit: Int) -> [OutputRun] {
    cursor.next(limit: limit).map { run in
      OutputRun(stream: run.stream == .output ? .stdout : .stderr, rank: run.rank, bytes: run.bytes)
    }
  }
}

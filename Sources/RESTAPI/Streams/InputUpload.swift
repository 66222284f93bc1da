import BrokerCore
import Dispatch
import HTTPServing
import Hosting
import Jobs
import Persistent
import Synchronization
import Vocabulary

/// Hands a body on to the tasks of a running job, no faster than they read.
///
///     collecting ──a piece is full──► giving (the upload rests) ──taken──► collecting
///                                        │ full, not there yet: again after a pause
///                                        └──refused, or not read for too long──► answered
final class InputUpload: BodyReceiver {
  /// Given at a time: a quarter of what the host keeps for tasks that do not read.
  private static let pieceBytes = AttemptInput.byteLimit / 4
  /// Between two tries to give a piece.
  private static let pauses = (first: 5, last: 100)
  /// How long a task may not read before the caller is told to come again: below a parked connection's time.
  private static let patience = TimeSpan.seconds(30)
  /// How long a host may take to know of a job that was allocated.
  private static let startPatience = TimeSpan.seconds(10)

  static let notRunning = Problem(409, "not_running", "the job does not run; wait for its state RUN")

  private struct State {
    var piece: [UInt8] = []
    /// Where the piece begins; `nil`: behind everything that was taken.
    var position: UInt64?
    /// Bytes of a body that nobody takes.
    var discarded = 0
    var since: Timestamp?
    var pause = InputUpload.pauses.first
    var resumer: BodyResumer?
    var pending: PendingReply?
    /// What this upload comes to, where that is known before its end.
    var problem: Problem?
    var isAbandoned = false
  }

  private let api: API
  private let context: RequestContext
  private let attempt: AttemptID?
  private let isLast: Bool
  private let unknownJob: JobID?
  private let state: Mutex<State>

  init(api: API, context: RequestContext, to job: Job, at position: UInt64?, isLast: Bool) {
    self.api = api
    self.context = context
    attempt = AttemptID(job: job.id, attempt: job.attempt)
    self.isLast = isLast
    unknownJob = nil
    state = Mutex(State(position: position))
  }

  /// A body that nobody takes.
  init(api: API, context: RequestContext, refusedFor job: JobID) {
    self.api = api
    self.context = context
    attempt = nil
    isLast = false
    unknownJob = job
    state = Mutex(State())
  }

  // MARK: BodyReceiver

  func receive(_ chunk: UnsafeRawBufferPointer, resume: BodyResumer) -> BodyProgress {
    guard attempt != nil else { return discard(chunk.count) }
    let (problem, isFull): (Problem?, Bool) = state.withLock { state in
      if let problem = state.problem { return (problem, false) }
      unsafe state.piece.append(contentsOf: chunk)
      guard state.piece.count >= Self.pieceBytes else { return (nil, false) }
      state.resumer = resume
      return (nil, true)
    }
    if var problem {
      problem.closesConnection = true
      return .stop(problem.response(requestID: context.requestID))
    }
    guard isFull else { return .more }
    give(isLast: false)
    return .paused
  }

  /// Of a body that nobody takes as much is read as lets its sender see the answer.
  private func discard(_ count: Int) -> BodyProgress {
    let seen = state.withLock { state in
      state.discarded += count
      return state.discarded
    }
    return seen <= Self.pieceBytes ? .more : .stop(Self.notRunning.response(requestID: context.requestID))
  }

  func finish() -> HTTPReply {
    if let unknownJob {
      return api.readLater(context) { [api, context] () throws(Problem) in
        _ = try api.visibleJob(unknownJob, context)
        throw Self.notRunning
      }
    }
    let pending = api.unanswered(context, seconds: Self.patience.seconds + JobWait.commitSeconds)
    let problem = state.withLock { state in
      state.pending = pending
      return state.problem
    }
    if let problem { return .now(problem.response(requestID: context.requestID)) }
    give(isLast: isLast)
    return .later(pending)
  }

  func abandoned() { state.withLock { $0.isAbandoned = true } }

  // MARK: Giving

  private func give(isLast: Bool) {
    guard let attempt else { return }
    let input = state.withLock { state in
      state.isAbandoned
        ? nil : AttemptInput(id: attempt, position: state.position, bytes: state.piece, isLast: isLast)
    }
    guard let input else { return }
    api.configuration.inputs.give(input) { [self] answer in
      take(answer, wasLast: isLast)
    }
  }

  private func take(_ answer: InputAnswer, wasLast: Bool) {
    switch answer {
    case .taken(let next, _): advance(to: next)
    case .full(let next, _): retry(isLast: wasLast, within: Self.patience, Self.notRead(next))
    case .gap(let next): end(Self.gap(next))
    case .closed: end(Problem(409, "input_closed", "the job takes no input any more"))
    case .unknown: retry(isLast: wasLast, within: Self.startPatience, Self.notRunning)
    case .unavailable:
      // A piece that has no position might be taken twice.
      let isSafe = state.withLock { $0.position != nil }
      var problem = Problem(503, "unavailable", "the job's host does not answer; what was given may have been taken")
      problem.retryAfter = 1
      if isSafe { retry(isLast: wasLast, within: Self.startPatience, problem) } else { end(problem) }
    }
  }

  private func advance(to next: UInt64) {
    let (resumer, pending) = state.withLock { state in
      let count = UInt64(state.piece.count)
      state.position = (state.position ?? next - count) + count
      state.piece.removeAll(keepingCapacity: true)
      (state.since, state.pause) = (nil, Self.pauses.first)
      defer { state.resumer = nil }
      return (state.resumer, state.pending)
    }
    resumer?.resume()
    guard let pending else { return }
    let (requestID, isLast) = (context.requestID, isLast)
    pending.complete {
      Answers.object(200, requestID) { writer in
        writer.field("next_offset", next)
        writer.field("eof", isLast)
      }
    }
  }

  /// Again after a pause, unless that would be too long, or the job is not what it was.
  private func retry(isLast: Bool, within patience: TimeSpan, _ problem: Problem) {
    guard let attempt, let job = api.broker.withSnapshot({ $0.jobs[attempt.job] }), job.attempt == attempt.attempt,
      job.phase == .allocated || job.phase == .running
    else { return end(Self.notRunning) }
    let now = api.broker.ports.now()
    let pause: Int? = state.withLock { state in
      let since = state.since ?? now
      state.since = since
      guard !state.isAbandoned, now.since(since) < patience else { return nil }
      defer { state.pause = min(state.pause * 2, Self.pauses.last) }
      return state.pause
    }
    guard let pause else { return end(problem) }
    api.deadlines.asyncAfter(deadline: .now() + .milliseconds(pause)) { [self] in give(isLast: isLast) }
  }

  /// Answers now, or with the next chunk, where the body is still coming.
  private func end(_ problem: Problem) {
    let (resumer, pending) = state.withLock { state in
      state.problem = problem
      state.piece = []
      defer { state.resumer = nil }
      return (state.resumer, state.pending)
    }
    resumer?.resume()
    let requestID = context.requestID
    pending?.complete { problem.response(requestID: requestID) }
  }

  private static func notRead(_ next: UInt64) -> Problem {
    var problem = Problem(503, "input_not_read", "the job's tasks do not read; go on at offset \(next) later")
    problem.retryAfter = 1
    problem.extraHeaders = [HeaderField(name: "Sluice-Next-Offset", value: String(next))]
    return problem
  }

  private static func gap(_ next: UInt64) -> Problem {
    var problem = Problem(409, "input_gap", "bytes are missing; go on at offset \(next)")
    problem.extraHeaders = [HeaderField(name: "Sluice-Next-Offset", value: String(next))]
    return problem
  }
}

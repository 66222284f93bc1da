import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import Synchronization
import Vocabulary

/// `POST /v1/jobs/bulk`: lines become submissions as they arrive and are committed in parts.
///
/// A part is a fixed number of submissions, so a retry with the same idempotency key meets the same parts: those
/// that were committed answer as before, the rest is done now.
final class BulkSubmission: BodyReceiver {
  /// Submissions of one request.
  static let maximumJobs = 1_000_000
  /// Parts on their way to the log at one time: bounds memory, while parsing and committing overlap.
  private static let partsInFlight = 6
  /// Copies of one line.
  private static let maximumCopies = 1_000_000

  /// What became of one line: its jobs are those from `first` on, as many as `count`.
  private struct Line {
    let number: Int
    let first: Int
    var count: Int
    var problem: Problem?
  }

  private struct State {
    var splitter = NDJSONLines(maximumLineBytes: SubmissionReader.maximumBytes)
    var lines: [Line] = []
    /// One for each submission, in order; filled when its part is durable.
    var outcomes: [SubmissionOutcome?] = []
    var part: [SubmitCommand.Item] = []
    var partNumber = 0
    var inFlight = 0
    var isPaused = false
    var unavailability: Unavailability?
    var partProblem: Problem?
    var resumer: BodyResumer?
    var pending: PendingReply?
    var previous: (bytes: [UInt8], item: SubmitCommand.Item)?
  }

  private let api: API
  private let context: RequestContext
  private let isAtomic: Bool
  /// Everything is checked, nothing is submitted, no id is given.
  private let isDryRun: Bool
  private let state = Mutex(State())

  init(api: API, context: RequestContext) throws(Problem) {
    let query = try QueryReader(context.head, allowing: ["atomic", "dry_run"])
    isAtomic = try query.flag("atomic")
    isDryRun = try query.flag("dry_run")
    _ = try Idempotency.key(context, route: "", items: [])
    self.api = api
    self.context = context
  }

  func receive(_ chunk: UnsafeRawBufferPointer, resume: BodyResumer) -> BodyProgress {
    state.withLock { state in
      state.resumer = resume
      unsafe state.splitter.append(chunk)
      if let problem = readLines(&state) { return .stop(problem.response(requestID: context.requestID)) }
      guard state.inFlight >= Self.partsInFlight else { return .more }
      state.isPaused = true
      return .paused
    }
  }

  func finish() -> HTTPReply {
    let pending = api.unanswered(context, seconds: JobWait.commitSeconds)
    let problem: Problem? = state.withLock { state in
      state.splitter.finish()
      if let problem = readLines(&state) { return problem }
      if state.lines.isEmpty { return Problem(400, "empty_body", "there is no line in the body") }
      sendPart(&state)
      state.pending = pending
      return nil
    }
    if let problem { return .now(problem.response(requestID: context.requestID)) }
    completeIfDone()
    return .later(pending)
  }

  func abandoned() {}

  /// - Returns: what ends the whole request.
  private func readLines(_ state: inout State) -> Problem? {
    do {
      while let line = try state.splitter.next() {
        read(Array(line.bytes), number: line.number, &state)
        if state.outcomes.count > Self.maximumJobs {
          return Problem(413, "too_many_jobs", "one request submits at most \(Self.maximumJobs) jobs")
        }
      }
      return nil
    } catch {
      return Problem(413, "line_too_long", "line \(error.number) is longer than \(error.maximumBytes) bytes")
    }
  }

  private func read(_ bytes: [UInt8], number: Int, _ state: inout State) {
    var line = Line(number: number, first: state.outcomes.count, count: 0, problem: nil)
    do throws(Problem) {
      // Ensembles repeat a line: the same bytes are the same submission.
      if let previous = state.previous, previous.bytes == bytes {
        add(previous.item, &state)
        line.count = 1
      } else {
        let request = try SubmissionReader.request(try SubmissionReader.json(bytes), allowsCopies: true)
        try checkCopies(request)
        let places = try places(of: request, line: number)
        let item = SubmissionReader.item(request.jobspec, request, places: places)
        try api.checkUrgency(item, context)
        if request.copies == nil { state.previous = (bytes, item) }
        let copiesDiffer = request.copies != nil && request.jobspec.namesItsCopy
        for copy in request.copies ?? [0] {
          var next = copiesDiffer ? try SubmissionReader.item(copy: copy, of: request, places: places) : item
          if request.copies != nil { next.copy = copy }
          add(next, &state)
          line.count += 1
        }
      }
    } catch {
      line.problem = error
    }
    state.lines.append(line)
  }

  /// The copies of a line share places; a retry with the same key finds the same ones.
  private func places(of request: SubmissionRequest, line: Int) throws(Problem) -> [Dependency] {
    guard let limit = request.throttle else { return [] }
    let key = try Idempotency.key(context, route: "POST /v1/jobs/bulk throttle", part: line, items: [])
    let group = key.map { UInt64($0.scope.hex.prefix(16), radix: 16) ?? 0 } ?? UInt64.random(in: 0 ... .max)
    return [.place(group: group, limit: UInt32(limit))]
  }

  private func checkCopies(_ request: SubmissionRequest) throws(Problem) {
    guard let copies = request.copies, copies.count > Self.maximumCopies else { return }
    throw Problem(invalid: "/cc", "must name at most \(Self.maximumCopies) copies")
  }

  private func add(_ item: SubmitCommand.Item, _ state: inout State) {
    state.outcomes.append(nil)
    state.part.append(item)
    if state.part.count == SubmitCommand.maximumItems, !isAtomic { sendPart(&state) }
  }

  private func sendPart(_ state: inout State) {
    let items = state.part
    if isAtomic, items.count > SubmitCommand.maximumItems || state.lines.contains(where: { $0.problem != nil }) {
      state.partProblem = Problem(
        422, "atomic", "atomic takes at most \(SubmitCommand.maximumItems) valid lines; nothing was submitted")
      return
    }
    guard !items.isEmpty else { return }
    let first = state.outcomes.count - items.count
    state.part.removeAll(keepingCapacity: true)
    let part = Part(
      number: state.partNumber, first: first, count: items.count, resolution: DependencyResolution(items, api.broker))
    state.partNumber += 1
    state.inFlight += 1
    do throws(Problem) {
      if part.resolution.needsArchive {
        let isTaken = api.readers.submit { [self] in
          do throws(Problem) { try send(part) } catch { failed(part, error) }
        }
        if !isTaken { throw Problem(Unavailability.inboxFull) }
      } else if isDryRun {
        state.outcomes.replaceSubrange(first..., with: try preview(part))
        state.inFlight -= 1
      } else {
        try send(part)
      }
    } catch {
      state.inFlight -= 1
      state.partProblem = error
    }
  }

  /// Submissions that are committed together.
  private struct Part: Sendable {
    let number: Int
    let first: Int
    let count: Int
    let resolution: DependencyResolution
  }

  private func command(_ part: Part) throws(Problem) -> Command {
    let key = try Idempotency.key(
      context, route: "POST /v1/jobs/bulk", part: part.number, items: part.resolution.items)
    let items = try part.resolution.resolved(api)
    return .submit(SubmitCommand(items: items, idempotency: key, isAtomic: isAtomic))
  }

  private func send(_ part: Part) throws(Problem) {
    if isDryRun {
      let outcomes = try preview(part)
      return finish(part) { state in
        state.outcomes.replaceSubrange(part.first..<part.first + part.count, with: outcomes)
      }
    }
    try api.send(try command(part), context) { [self] outcome in taken(outcome, part) }
  }

  private func failed(_ part: Part, _ problem: Problem) { finish(part) { $0.partProblem = problem } }

  /// What a part would come to now, each part by itself.
  private func preview(_ part: Part) throws(Problem) -> [SubmissionOutcome?] {
    let command = try command(part)
    do throws(Refusal) {
      let decision = try api.broker.snapshot.decide(command, by: context.attribution, at: api.broker.ports.now())
      guard case .submitted(let outcomes, _) = decision.answer else { return [] }
      return outcomes
    } catch {
      if isAtomic { throw Problem(error) }
      return Array(repeating: .refused(error), count: part.count)
    }
  }

  /// A part is durable, or was refused as a whole.
  private func taken(_ outcome: Outcome, _ part: Part) {
    finish(part) { state in
      switch outcome {
      case .answered(.submitted(let outcomes, _)):
        for (index, outcome) in outcomes.enumerated() { state.outcomes[part.first + index] = outcome }
      case .refused(let refusal):
        // Of a part with one submission, or of one that must be whole.
        for index in part.first..<part.first + part.count { state.outcomes[index] = .refused(refusal) }
        if isAtomic { state.partProblem = Problem(refusal) }
        if case .idempotencyMismatch = refusal { state.partProblem = Problem(refusal) }
      case .unavailable(let reason): state.unavailability = reason
      case .answered: preconditionFailure("a submission is answered with outcomes")
      }
    }
  }

  /// A part is no longer in flight, and what became of it is known.
  private func finish(_ part: Part, _ note: (inout State) -> Void) {
    let resumer: BodyResumer? = state.withLock { state in
      state.inFlight -= 1
      note(&state)
      guard state.isPaused, state.inFlight < Self.partsInFlight else { return nil }
      state.isPaused = false
      return state.resumer
    }
    resumer?.resume()
    completeIfDone()
  }

  private func completeIfDone() {
    let pending: PendingReply? = state.withLock { state in
      guard state.inFlight == 0, let pending = state.pending else { return nil }
      state.pending = nil
      return pending
    }
    pending?.complete { [self] in respond() }
  }

  private func respond() -> HTTPResponse {
    state.withLock { state in
      let isNothingAccepted = !state.outcomes.contains { if case .accepted? = $0 { true } else { false } }
      if let problem = state.partProblem, isNothingAccepted || isAtomic {
        return problem.response(requestID: context.requestID)
      }
      if let reason = state.unavailability, isNothingAccepted {
        return Problem(reason).response(requestID: context.requestID)
      }
      let missing = state.partProblem ?? Problem(state.unavailability ?? .stopping)
      var writer = JSONWriter(reservingCapacity: state.outcomes.count * 24 + 64)
      var body: [UInt8] = []
      body.reserveCapacity(state.outcomes.count * 24 + state.lines.count * 24)
      for line in state.lines {
        writer.removeAll()
        write(line, state.outcomes, missing, to: &writer)
        body += writer.bytes
        body.append(UInt8(ascii: "\n"))
      }
      return Answers.bytes(200, MediaTypes.ndjson, context.requestID, body)
    }
  }

  private func write(
    _ line: Line, _ outcomes: [SubmissionOutcome?], _ missing: Problem, to writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.field("line", line.number)
      var problem = line.problem
      writer.name("ids")
      writer.array { writer in
        for index in line.first..<line.first + line.count {
          switch outcomes[index] {
          case .accepted(let id): if !isDryRun { writer.value(id) }
          case .refused(let refusal): problem = problem ?? Problem(refusal)
          case nil: problem = problem ?? missing
          }
        }
      }
      guard let problem else { return }
      writer.name("error")
      problem.write(to: &writer, requestID: nil)
    }
  }
}

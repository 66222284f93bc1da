import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import TestKit
import Vocabulary

/// A broker's core and a journal, driven by the lines of a script.
struct ScenarioWorld {
  private let journal = MemoryJournal()
  private var state = BrokerState(epoch: 1)
  private var clock = VirtualClock(
    startingAt: Timestamp(microseconds: BrokerState.fluidEpochMilliseconds * 1_000))
  private var jobs: [JobID] = []
  private var plan: Plan?
  private var reservation: ReservationRequest?
  /// Longer outputs are shortened in the middle.
  private static let shownLines = 12

  /// - Returns: what the line led to.
  mutating func run(_ line: String) -> [String] {
    let words = line.split(separator: " ").map(String.init)
    let options = Options(words.dropFirst())
    clock.advance(to: TimeSpan(microseconds: clock.elapsed.microseconds + 1_000_000))
    switch words[0] {
    case "wait":
      clock.advance(to: TimeSpan(microseconds: clock.elapsed.microseconds + options.seconds * 1_000_000))
    case "crash": return crash()
    case "snapshot": journal.store(snapshotOf: state)
    case "make-plan": plan = makePlan()
    case "make-reservation": reservation = makeReservation(options)
    case "state": return [describeState()]
    case "graph": return [describeGraph()]
    default:
      guard let command = command(words[0], options) else { return ["? \(line)"] }
      return shortened(decide(command, options))
    }
    return []
  }

  private mutating func command(_ word: String, _ options: Options) -> Command? {
    switch word {
    case "broker-started": return .brokerStarted(incarnation: 1, version: "test")
    case "resources":
      return .defineResources(Samples.inventory(nodes: options["nodes"] ?? 1, cores: options["cores"] ?? 4))
    case "programs":
      func program(_ name: String) -> SiteProgram? {
        options.words.contains(name) ? SiteProgram(command: [name], timeout: .seconds(60)) : nil
      }
      return .definePrograms(
        SitePrograms(
          prolog: program("prolog"), epilog: program("epilog"), housekeeping: program("housekeeping")))
    case "submit": return .submit(options.submission(after: targets(options), lookup(options), within: within(options)))
    case "cancel": return job(options).map { .act(.cancel(note: ""), on: $0.job) }
    case "cancel-matching": return .actMatching(.cancel(note: ""), JobFilter(name: options.text("name")))
    case "urgency": return job(options).map { .update($0.job, JobUpdate(urgency: UInt8(options["to"] ?? 16))) }
    case "raise":
      let action = JobAction.raise(
        type: options.text("type") ?? "test", severity: UInt8(options["severity"] ?? 0), note: "n")
      return job(options).map { .act(action, on: $0.job) }
    case "signal": return job(options).map { .act(.signal(Int32(options["number"] ?? 10)), on: $0.job) }
    case "signal-matching":
      return (try? JobQuery(options.text("q") ?? "")).map { .actMatching(.signal(10), JobFilter(query: $0)) }
    case "update":
      let change = JobChange(duration: options["duration"].map { .seconds(Int64($0)) })
      let memo = options.text("memo").map { JSONObject(uniqueMembers: [.init(name: "k", value: .string($0))]) }
      return job(options).map { .update($0.job, JobUpdate(change: change, memo: memo)) }
    case "purge": return .purge(options.words.filter { $0.hasPrefix("j") }.map { attempt($0).job })
    case "collect": return .collectResult(of: job(options)?.job, idempotency: options.key)
    case "joined":
      return .report(.joined(incarnation: UInt64(options["shepherd"] ?? 1), known: known(options)))
    case "started": return job(options).map { .report(.started($0, at: clock.wall)) }
    case "ended": return job(options).map { .report(.ended($0, at: clock.wall, options.end)) }
    case "plan": return makePlan().map { .plan($0) }
    case "deliver-plan": return plan.map { .plan($0) }
    case "settle": return .settle
    case "advance": return .advanceOperations
    case "tick": return .tick
    case "mutate": return .mutate(options.mutation)
    case "allocate": return .allocate(AllocationRequest(options.question, note: ""))
    case "reserve": return makeReservation(options).map { .reserve($0) }
    case "deliver-reservation": return reservation.map { .reserve($0) }
    case "deallocate": return .deallocate(UInt64(options["id"] ?? 0))
    case "resize": return job(options).map { .resize($0.job, options.resize) }
    default: return nil
    }
  }

  /// `after=ok:j1,any:j2`, and other dependencies as they are.
  private func targets(_ options: Options) -> [String] {
    (options.text("after") ?? "").split(separator: ",").map { word in
      let parts = word.split(separator: ":").map(String.init)
      guard parts.count > 1, parts[1].hasPrefix("j") else { return String(word) }
      return "after\(parts[0]):\(attempt(parts[1]).job.f58)"
    }
  }

  /// `within=j1`.
  private func within(_ options: Options) -> JobID? { options.text("within").map { attempt($0).job } }

  /// What a route would find in the archive, unless the script says that it looked at nothing.
  private func lookup(_ options: Options) -> DependencyLookup {
    let ended = options.words.contains("unaware") ? [] : jobs.compactMap { journal.endedJob($0).map { EndedJob($0) } }
    return DependencyLookup(place: "/dependencies", seq: state.nextSeq, ended: ended)
  }

  private func makePlan() -> Plan? {
    state.plan(at: clock.wall, limit: 1_024)
  }

  private func makeReservation(_ options: Options) -> ReservationRequest? {
    guard let problem = state.schedulingProblem(at: clock.wall),
      let opening = Scheduler.opening(for: options.question, in: problem)
    else { return nil }
    return ReservationRequest(
      promise: Promise(grants: opening.grants, start: opening.start, duration: options.question.duration), note: "",
      origin: problem.origin, graphVersion: problem.graph.version, seq: state.nextSeq - 1)
  }

  /// `j1/2` is the second attempt of the first job.
  private func job(_ options: Options) -> AttemptID? {
    options.words.first { $0.hasPrefix("j") }.map(attempt)
  }

  private func attempt(_ text: String) -> AttemptID {
    let parts = text.dropFirst().split(separator: "/")
    let stage = parts.count > 2 ? AttemptStage.allCases.first { $0.name == parts[2] } : nil
    return AttemptID(
      job: jobs[Int(parts[0])! - 1], attempt: parts.count > 1 ? UInt32(parts[1])! : 1, stage: stage ?? .tasks)
  }

  private func known(_ options: Options) -> [AttemptID] {
    (options.text("known") ?? "").split(separator: ",").map { attempt(String($0)) }
  }

  // MARK: Deciding

  private mutating func decide(_ command: Command, _ options: Options) -> [String] {
    let decision: Decision
    do throws(Refusal) {
      decision = try state.decide(command, by: Samples.attribution(options.principal), at: clock.wall)
    } catch {
      return ["refused: \(named("\(error)"))"]
    }
    var ended: [Job] = []
    for record in decision.records {
      if let id = record.body.job, !jobs.contains(id) { jobs.append(id) }
      if let job = state.fold(record) { ended.append(job) }
    }
    if !decision.records.isEmpty {
      try! journal.append(CommitBatch(epoch: 1, records: decision.records, ended: ended))
    }
    let effects = decision.records.flatMap { state.effects(of: $0) }
    return decision.records.map(describe) + effects.map(describe) + describe(decision.answer)
      + ended.map { "  \(name($0.id)) ended: \($0.result?.name ?? "?")" }
  }

  private mutating func crash() -> [String] {
    let restored = try! journal.restore()
    let isEqual = packed(restored) == packed(state)
    state = restored
    return ["restored \(isEqual ? "the same state" : "ANOTHER STATE") at \(state.nextSeq - 1)"]
  }

  private func packed(_ state: BrokerState) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    state.packSnapshot { chunks.append($0) }
    return chunks
  }

  // MARK: Telling

  /// With the names of jobs for their ids.
  private func named(_ text: String) -> String {
    guard text.contains("job") else { return text }
    return jobs.reduce(text) { $0.replacing($1.f58, with: name($1)) }
  }

  private func name(_ id: JobID) -> String { jobs.firstIndex(of: id).map { "j\($0 + 1)" } ?? id.f58 }
  private func name(_ id: AttemptID) -> String {
    "\(name(id.job))/\(id.attempt)" + (id.stage == .tasks ? "" : "/\(id.stage.name)")
  }

  private func describe(_ record: Record) -> String {
    let cause = record.causeSeq > 0 ? " because of \(record.causeSeq)" : ""
    switch record.body {
    case .jobSubmitted(let submission):
      return
        "\(record.seq) \(name(submission.id)) submit, \(record.owner.name), priority \(submission.priority)"
        + (submission.within.map { ", within \(name($0))" } ?? "")
        + (submission.awaits.isEmpty ? "" : ", awaits \(submission.awaits.map(describe).joined(separator: " "))")
    case .jobHappened(let id, let event): return "\(record.seq) \(name(id)) \(describe(event))\(cause)"
    case .jobSignalled(let id, let signal): return "\(record.seq) \(name(id)) signalled \(signal)\(cause)"
    case .resultCollected(let id): return "\(record.seq) \(name(id)) result-collected"
    case .operationAdvanced(let id, let cursor, let changed):
      return "\(record.seq) operation-advanced \(id) to \(name(cursor)), changed \(changed)\(cause)"
    case .operationEnded(let id): return "\(record.seq) operation-ended \(id)\(cause)"
    case .shepherdJoined(let incarnation, let known):
      return "\(record.seq) shepherd-joined \(incarnation) knowing \(known.map(name))"
    default: return "\(record.seq) \(record.body.name)\(cause)"
    }
  }

  private func describe(_ event: JobEvent) -> String {
    switch event {
    case .alloc(let allocation):
      let vertices = allocation.grants.map { String($0.vertex.rawValue) }.joined(separator: ",")
      return "alloc \(vertices)\(allocation.expiration == nil ? "" : " with an end")"
    case .start: return "start"
    case .finish(let outcome): return "finish \(outcome.waitStatus)"
    case .exception(let exception):
      return "exception \(exception.type) severity \(exception.severity): \(named(exception.note))"
    case .release: return "release"
    case .clean: return "clean"
    case .requeue(let reason, let priority): return "requeue \(reason) priority \(priority)"
    case .raised(let exception, let state):
      return "exception \(exception.type) severity \(exception.severity) in \(state.name)"
    case .memo(let notes, let state): return "memo \(notes.members.map(\.name)) in \(state.name)"
    case .jobspecUpdate(let change, let state):
      return "jobspec-update \(change.duration.map { "\($0.seconds) s" } ?? "") in \(state.name)"
    case .resourceUpdate(let duration, let expiration):
      return "resource-update \(duration.seconds) s\(expiration == nil ? "" : " with an end")"
    case .prologStart: return "prolog-start"
    case .prologFinish(let status, let state): return "prolog-finish \(status) in \(state.name)"
    case .epilogStart: return "epilog-start"
    case .epilogFinish(let status): return "epilog-finish \(status)"
    case .stepsStart: return "steps-start"
    case .stepsFinish: return "steps-finish"
    case .requeueLater(let reason, _): return "requeue \(reason), later"
    case .dependencyRemove(let dependency): return "dependency-remove \(describe(dependency))"
    case .depend(let priority): return "depend priority \(priority)"
    case .earlyUrgency(let urgency, _): return "urgency \(urgency)"
    case .urgency(let urgency, let priority, _): return "urgency \(urgency) priority \(priority)"
    case .evict(let exception): return "evict \(exception.type): \(exception.note)"
    case .resize(let allocation):
      let vertices = allocation.grants.map { String($0.vertex.rawValue) }.joined(separator: ",")
      return "resize to \(vertices), version \(allocation.version)"
    }
  }

  private func describe(_ dependency: Dependency) -> String {
    guard case .after(_, let id) = dependency else { return dependency.description }
    return dependency.description.replacing(id.f58, with: name(id))
  }

  private func describe(_ effect: Effect) -> String {
    switch effect {
    case .plan: return "-> plan"
    case .order(.start(let order)):
      let tasks = order.tasks.map { "\($0.node):\($0.cpus.map(String.init).joined(separator: "+"))" }
      return "-> start \(name(order.id)) tasks \(tasks.joined(separator: " "))"
    case .order(.limit(let id, let limit)):
      return "-> limit \(name(id)) to \(limit.map { "\($0.seconds) s" } ?? "nothing")"
    case .order(.signal(let id, let signal)): return "-> signal \(name(id)) \(signal)"
    case .order(.terminate(let id, let grace)): return "-> terminate \(name(id)) within \(grace.seconds) s"
    case .order(let order): return "-> \(order)"
    }
  }

  private func describe(_ answer: Answer) -> [String] {
    switch answer {
    case .done, .tokenIssued, .transacted, .fence: return []
    case .collected(let result, let isRepeat):
      let again = isRepeat ? " again" : ""
      return [result.map { "= \(name($0.job)): \($0.failure ?? "success")\(again)" } ?? "= not yet"]
    case .graphMutated(let answer):
      let added = answer.added.map { "\($0.lowerBound)-\($0.upperBound - 1)" }
      return [
        "= version \(answer.version), added \(added), departing \(answer.departing.map(\.rawValue)), "
          + "evicted \(answer.evicted.map(name))"
      ]
    case .allocated(let held): return ["= allocation \(held.id): \(held.allocation.grants.map(\.vertex.rawValue))"]
    case .reserved(let reservation):
      let start = reservation.promise.start.since(clock.wall).seconds
      return ["= reservation \(reservation.id): \(reservation.promise.grants.map(\.vertex.rawValue)) in \(start) s"]
    case .resized(let allocation): return ["= version \(allocation.version) of R"]
    case .published(let seq): return ["= published \(seq.map { "at \($0)" } ?? "to who listens")"]
    case .operation(let id, let changed, let isComplete):
      return ["= operation \(id) changed \(changed)\(isComplete ? ", complete" : "")"]
    case .submitted(let outcomes, let isRepeat):
      let texts = outcomes.map { outcome in
        switch outcome {
        case .accepted(let id): name(id)
        case .refused(let refusal): named("\(refusal)")
        }
      }
      return ["= submitted \(shortened(texts).joined(separator: ", "))\(isRepeat ? " (repeat)" : "")"]
    }
  }

  private func describeState() -> String {
    let queue = state.queue.prefix(6).map { name($0.job) }
    let active = state.jobs.prefix(6).map { "\(name($0.key)) \($0.value.phase)" }
    return
      "queue \(queue), active \(active) of \(state.jobs.count), free cores \(state.graph?.freeCoreCount ?? 0), "
      + "operations \(state.operations.count)"
  }

  private func describeGraph() -> String {
    var nodes: [String] = []
    state.graph?.forEachHost { _, host in
      guard let graph = state.graph, let view = graph.view(of: host) else { return false }
      nodes.append(view.name + (view.isDown ? " down" : "") + (view.drain == nil ? "" : " drained"))
      return true
    }
    return
      "version \(state.graph?.version ?? 0), \(nodes.joined(separator: ", ")), "
      + "departing \(state.departures.map(\.rawValue)), allocations \(Array(state.allocations.keys))"
  }

  private func shortened(_ lines: [String]) -> [String] {
    guard lines.count > Self.shownLines else { return lines }
    return lines.prefix(5) + ["… \(lines.count - 8) more"] + lines.suffix(3)
  }
}

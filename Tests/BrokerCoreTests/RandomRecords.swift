@testable import BrokerCore
import Jobs
import Jobspec
import KeyValues
import ResourceGraph
import Scheduling
import TestKit
import Vocabulary

/// Records of every kind with random contents.
struct RandomRecords {
  static let kinds = 44

  var random: SeededRandom

  mutating func record(seq: UInt64, kind: Int? = nil) -> Record {
    let owner = Samples.user(random.below(3))
    let attribution = Attribution(
      principal: random.chance(500) ? owner : Samples.owner, role: random.chance(500) ? .owner : .user,
      tokenID: text(), via: (0..<random.below(3)).map { _ in text() }, requestID: text())
    return Record(
      seq: seq, at: time(), attribution: attribution, owner: owner,
      causeSeq: seq > 1 && random.chance(500) ? UInt64(random.within(1...Int(seq - 1))) : 0,
      body: body(kind ?? random.below(Self.kinds), owner))
  }

  mutating func batch(_ count: Int) -> [Record] {
    var seq = UInt64(random.within(1...1_000_000))
    return (0..<count).map { index in
      let record = record(seq: seq, kind: count >= Self.kinds ? index % Self.kinds : nil)
      seq += record.body.width
      return record
    }
  }

  private mutating func body(_ kind: Int, _ owner: Principal) -> RecordBody {
    switch kind {
    case 0: .brokerStarted(incarnation: random.next(), version: text())
    case 1:
      .resourcesDefined(
        Samples.inventory(nodes: random.below(4), cores: random.below(4), gpus: random.below(2)))
    case 2: .jobspecStored(Samples.jobspec([text() + "x"], cores: random.within(1...9), name: "n"))
    case 3: .jobSubmitted(submission(owner, awaits: 0))
    case 4: .jobHappened(JobID(random.next()), event())
    case 5: .tokenIssued(token(owner))
    case 6: .tokenRevoked(id: text(), digest: Samples.digest(random.next()))
    case 7: .answerKept(answer(owner))
    case 8: .answersForgotten(before: time())
    case 9: .operationBegun(operation(owner))
    case 10: .operationAdvanced(id: random.next(), cursor: JobID(random.next()), changed: random.next())
    case 11: .operationEnded(id: random.next())
    case 34:
      .jobSignalled(AttemptID(job: JobID(random.next()), attempt: 2), signal: Int32(random.within(1...64)))
    case 35: .resultCollected(JobID(random.next()))
    case 36: .jobSubmitted(submission(owner, awaits: random.within(1...4)))
    case 42: .jobSubmitted(extendedSubmission(owner))
    case 43: .answerKept(answer(owner, holdsResult: true))
    case 12: .shepherdJoined(incarnation: random.next(), known: attempts())
    default: shared(kind)
    }
  }

  /// Of namespaces, fences and topics.
  private mutating func shared(_ kind: Int) -> RecordBody {
    switch kind {
    case 13:
      .namespaceCreated(
        NamespaceCreation(
          id: namespace(), description: text(), quota: quota(),
          retention: HistoryRetention(
            maximumRevisions: random.within(1...9), maximumAge: .seconds(Int64(random.below(99))),
            maximumSupersededBytes: random.below(99), minimumRevisions: random.below(9)),
          source: random.chance(500)
            ? NamespaceCreation.Source(id: namespace(), revision: random.next()) : nil))
    case 14: .namespaceChanged(namespace(), description: text(), quota: quota())
    case 15: .namespaceRemoved(namespace())
    case 16: .keysChanged(namespace(), changes())
    case 17: .keysCompacted(namespace(), before: random.next())
    case 18:
      .fenceJoined(
        FenceArrival(fence: fence(), size: random.within(1...9), participant: text(), changes: changes()))
    case 19: .fenceEnded(fence(), random.chance(500) ? .complete(revision: random.next()) : .failed(text()))
    case 20: .fencesForgotten(before: time())
    case 21: .topicDeclared(topic: text())
    case 22: .topicRemoved(topic: text())
    case 33: .messagePublished(topic: text(), mediaType: text(), payload: Array(text().utf8))
    default: resources(kind)
    }
  }

  private mutating func resources(_ kind: Int) -> RecordBody {
    switch kind {
    case 23: .graphChanged((0..<random.within(1...5)).map { _ in change() })
    case 24: .removalsAwaited([vertex(), vertex()])
    case 25:
      .allocated(
        HeldAllocation(
          id: random.next(), owner: Samples.user(1), at: time(), note: text(),
          allocation: Allocation(
            version: 2, grants: [Grant(vertex: vertex(), amount: .one)], expiration: random.chance(500) ? time() : nil))
      )
    case 26: .deallocated(random.next())
    case 27: .queueDefined(rules())
    case 28: .queueRemoved(text())
    case 29:
      .maintenanceDefined(
        MaintenanceWindow(
          name: text(), hosts: random.chance(500) ? Idset([1, 2, 7]) : nil, from: time(),
          until: random.chance(500) ? time() : nil, reason: text(), users: [7]))
    case 30: .maintenanceRemoved(text())
    case 31: .preemptionSet(random.chance(500) ? .on : .off)
    case 32:
      .resourcesDescribed(
        GraphDocument(
          fragments: [fragment(depth: 0)],
          edges: [EdgeDescription(subsystem: text(), source: text(), target: text(), relationship: text())]))
    case 41: .jobsPurged([JobID(random.next()), JobID(random.next())])
    case 38:
      .programsDefined(
        SitePrograms(
          prolog: program(), epilog: random.chance(500) ? program() : nil,
          housekeeping: random.chance(500) ? program() : nil))
    case 39:
      .housekeepingBegun(
        Housekeeping(
          id: random.next(), attempt: attempt(), owner: Samples.user(1), program: program(),
          allocation: Allocation(grants: [Grant(vertex: vertex(), amount: .one)], expiration: time())))
    case 40: .housekeepingEnded(attempt(), waitStatus: 256)
    case 37:
      .reserved(
        Reservation(
          id: random.next(), owner: Samples.user(1), at: time(), note: text(),
          promise: Promise(
            grants: [Grant(vertex: vertex(), amount: .one)], start: time(),
            duration: random.chance(500) ? .seconds(7) : nil)))
    default: preconditionFailure("there is no kind \(kind)")
    }
  }

  private mutating func program() -> SiteProgram {
    SiteProgram(command: [text() + "x", text()], timeout: .seconds(Int64(random.within(1...99))))
  }

  private mutating func attempt() -> AttemptID {
    AttemptID(
      job: JobID(random.next()), attempt: UInt32(random.within(1...9)),
      stage: random.pick([.tasks, .prolog, .epilog, .housekeeping]))
  }

  private mutating func rules() -> QueueRules {
    var rules = QueueRules(name: text(), policy: random.pick([.fcfs, .easy, .conservative, .hybrid(depth: 7)]))
    rules.isEnabled = random.chance(500)
    rules.stopReason = random.chance(500) ? text() : nil
    rules.limits.maximumDuration = random.chance(500) ? .seconds(7) : nil
    rules.limits.nodes.most = random.chance(500) ? 3 : nil
    rules.priority = Int32(random.below(9)) - 4
    rules.matchPolicy = random.pick(MatchPolicy.all)
    return rules
  }

  private mutating func vertex() -> VertexID { VertexID(UInt32(random.below(1 << 20))) }

  private mutating func change() -> GraphChange {
    switch random.below(9) {
    case 0: .add(fragment(depth: 0), under: random.chance(800) ? vertex() : nil)
    case 1: .remove(vertex())
    case 2: .setStatus(vertex(), random.chance(500) ? .down : .up)
    case 3: .drain(vertex(), random.chance(500) ? Drain(reason: text(), at: time()) : nil)
    case 4: .exclude(vertex(), random.chance(500))
    case 5: .setProperties(vertex(), [PropertyChange(key: text(), value: random.chance(500) ? text() : nil)])
    case 6: .resize(vertex(), Amount(thousandths: Int64(random.below(1 << 40))))
    case 7: .addEdge(GraphEdge(subsystem: text(), source: vertex(), target: vertex(), relationship: text()))
    default: .removeEdge(GraphEdge(subsystem: text(), source: vertex(), target: vertex(), relationship: text()))
    }
  }

  private mutating func fragment(depth: Int) -> Fragment {
    Fragment(
      type: text(), basename: random.chance(300) ? text() : nil, count: random.within(1...9),
      names: random.chance(300) ? try! Hostlist(parsing: "n[1-3,7]") : nil,
      firstID: random.chance(300) ? random.below(99) : nil, size: Amount(thousandths: Int64(random.below(1 << 30))),
      unit: text(), status: random.chance(500) ? .down : .up, properties: [Property(key: text(), value: text())],
      cpus: random.chance(300) ? [0, 7] : [], firstRank: random.chance(300) ? random.below(99) : nil,
      children: depth > 2 ? [] : (0..<random.below(3)).map { _ in fragment(depth: depth + 1) })
  }

  private mutating func namespace() -> NamespaceID {
    NamespaceID(
      userID: UInt32(random.below(1 << 32)), name: random.pick(["a", "b-1", "job-f3X"].map { NamespaceName($0)! }))
  }

  private mutating func fence() -> FenceID {
    let id = namespace()
    return random.chance(500) ? FenceID(fence: id.name, of: id) : FenceID(barrier: id.name, userID: id.userID)
  }

  private mutating func quota() -> NamespaceQuota {
    NamespaceQuota(maximumKeys: random.below(99), maximumBytes: random.below(99), maximumWatchers: random.below(99))
  }

  mutating func changes() -> [Change] {
    (0..<random.below(5)).map { _ in
      let key = try! Key(random.pick(["a", "a.b", "ƒ.7", "x.y.z"]))
      switch random.below(7) {
      case 0: return .append(key, Array(text().utf8))
      case 1: return .delete(key)
      case 2: return .deleteDirectory(random.chance(200) ? .root : key)
      case 3:
        return .put(key, .symlink(target: key, namespace: random.chance(500) ? namespace().name : nil), .octetStream)
      case 4: return .put(key, .directory, .octetStream)
      case 5: return .put(key, .blob(Samples.digest(random.next()), size: random.below(99)), "x/y")
      default: return .put(key, .bytes(Value(Array(text().utf8))), random.pick([.json, .octetStream, "text/plain"]))
      }
    }
  }

  private mutating func event() -> JobEvent {
    switch random.below(24) {
    case 18: return .prologStart(program())
    case 19: return .prologFinish(waitStatus: 256, in: state())
    case 20:
      let pause = TimeSpan.seconds(Int64(random.below(9)))
      return .epilogStart(program(), then: random.chance(500) ? .end : .again(reason: text(), after: pause))
    case 21: return .epilogFinish(waitStatus: 9)
    case 22:
      return .stepsStart(then: random.chance(500) ? .end : .again(reason: text(), after: .seconds(2)))
    case 23: return .stepsFinish
    case 11:
      return .raised(
        JobException(type: text(), severity: 3, note: text(), userID: random.chance(500) ? 7 : nil), in: state())
    case 12: return .memo([text() + "m": .string(text()), "gone": .null], in: state())
    case 13:
      return .jobspecUpdate(
        JobChange(duration: random.chance(500) ? .seconds(5) : nil, queue: random.chance(500) ? "debug" : nil),
        in: state())
    case 14: return .resourceUpdate(duration: .seconds(9), expiration: random.chance(500) ? time() : nil)
    case 15: return .requeueLater(reason: text(), until: time())
    case 16: return .dependencyRemove(dependency())
    case 17: return .depend(priority: UInt32(random.below(40)))
    case 10: return .earlyUrgency(UInt8(random.below(32)), userID: 3)
    case 0:
      let vertices = Set((0..<random.below(9)).map { _ in UInt32(random.below(40)) }).sorted()
      return .alloc(
        Allocation(
          grants: vertices.map { Grant(vertex: VertexID($0), amount: .one) },
          expiration: random.chance(500) ? time() : nil))
    case 1: return .start
    case 2:
      return .finish(
        AttemptOutcome(
          waitStatus: Int32(truncatingIfNeeded: random.next()), cpuTime: .milliseconds(3), peakMemoryKiB: 9))
    case 3:
      return .exception(
        JobException(
          type: text(), severity: UInt8(random.below(8)), note: text(), userID: random.chance(500) ? 7 : nil))
    case 4: return .release
    case 5: return .clean
    case 6: return .requeue(reason: text(), priority: 16)
    case 7: return .evict(JobException(type: text(), severity: 1, note: text(), userID: nil))
    case 8: return .resize(Allocation(version: 3, grants: [Grant(vertex: vertex(), amount: .one)], expiration: nil))
    default: return .urgency(UInt8(random.below(32)), priority: .max, userID: 3)
    }
  }

  private mutating func submission(_ owner: Principal, awaits count: Int) -> Submission {
    Submission(
      id: JobID(random.next()), owner: owner, spec: Samples.digest(random.next()), urgency: UInt8(random.below(32)),
      priority: UInt32(random.below(100)), flags: random.chance(500) ? [.waitable] : [],
      awaits: (0..<count).map { _ in dependency() })
  }

  /// A step, a copy, or both.
  private mutating func extendedSubmission(_ owner: Principal) -> Submission {
    let plain = submission(owner, awaits: random.below(3))
    let within = random.chance(500) ? JobID(random.next()) : nil
    return Submission(
      id: plain.id, owner: owner, spec: plain.spec, urgency: plain.urgency, priority: plain.priority,
      flags: plain.flags, awaits: plain.awaits, within: within,
      copy: within == nil || random.chance(500) ? random.below(1_000) : nil)
  }

  private mutating func action() -> JobAction {
    random.chance(500)
      ? .signal(Int32(random.within(1...64)))
      : .raise(type: text(), severity: UInt8(random.below(8)), note: text())
  }

  private mutating func queried(_ filter: JobFilter) -> JobFilter {
    var filter = filter
    filter.query = random.chance(500) ? try? JobQuery("state:pending -user:ada (a* or queue:b)") : nil
    return filter
  }

  private mutating func state() -> JobState { random.pick(JobState.allCases) }

  private mutating func dependency() -> Dependency {
    switch random.below(4) {
    case 0: .beginTime(time())
    case 1: .singleton
    case 2: .place(group: random.next(), limit: UInt32(random.below(9)))
    default: .after(random.pick(AfterCondition.allCases), JobID(random.next()))
    }
  }

  private mutating func token(_ owner: Principal) -> Token {
    Token(
      id: text(), digest: Samples.digest(random.next()), principal: owner, role: .user, issuedAt: time(),
      expiresAt: random.chance(500) ? time() : nil, note: text())
  }

  private mutating func waitResult(_ owner: Principal) -> WaitResult {
    var writer = PackedWriter()
    writer.write(JobID(random.next()))
    writer.write(owner.userID)
    writer.write(random.next())
    writer.writeOptional(random.chance(500) ? text() : nil) { $0.write($1) }
    var reader = PackedReader(writer.bytes)
    return try! WaitResult(unpacking: &reader)
  }

  mutating func answer(_ owner: Principal, holdsResult: Bool = false) -> KeptAnswer {
    let key = IdempotencyKey(scope: Samples.digest(random.next()), body: Samples.digest(random.next()))
    if holdsResult { return KeptAnswer(key: key, owner: owner, at: time(), .result(waitResult(owner))) }
    var id = random.next() >> 8
    let outcomes = (0..<random.below(12)).map { _ -> SubmissionOutcome in
      if random.chance(200) { return .refused(.unsatisfiable(text())) }
      if random.chance(100) { return .refused(.tooManyActiveJobs(limit: 5)) }
      if random.chance(100) { return .refused(.dependency(place: text(), reason: text())) }
      id += UInt64(random.below(4_000))
      return .accepted(JobID(id))
    }
    return KeptAnswer(key: key, owner: owner, at: time(), .submissions(outcomes))
  }

  mutating func filter() -> JobFilter {
    JobFilter(
      states: JobStates(rawValue: UInt8(random.below(128))),
      results: random.chance(500) ? Set(JobResult.allCases.filter { _ in random.chance(500) }) : nil,
      user: random.chance(500) ? text() : nil, queue: random.chance(500) ? text() : nil,
      name: random.chance(500) ? text() : nil, since: random.chance(500) ? time() : nil)
  }

  private mutating func operation(_ owner: Principal) -> BrokerCore.Operation {
    let kind: BrokerCore.Operation.Kind =
      switch random.below(3) {
      case 0: .act(.cancel(note: text()), filter(), last: JobID(random.next()))
      case 1: .act(action(), queried(filter()), last: JobID(random.next()))
      default: .reconcile(known: attempts())
      }
    return Operation(
      id: random.next(), owner: owner, role: .user, kind: kind, cursor: JobID(random.next()), changed: 3)
  }

  private mutating func attempts() -> [AttemptID] {
    (0..<random.below(5)).map { _ in AttemptID(job: JobID(random.next()), attempt: UInt32(random.below(9))) }
  }

  private mutating func time() -> Timestamp { Timestamp(microseconds: Int64(random.next() >> 12)) }
  private mutating func text() -> String {
    String((0..<random.below(6)).map { _ in random.pick(["a", "ƒ", "7", "/"]) }.joined())
  }
}

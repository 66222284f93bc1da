public import BrokerCore
import Jobs
import Persistent
import ResourceGraph
import Vocabulary

extension Simulation {
  // MARK: Orders

  /// As `ExecutionRouter`: mock attempts to the mock, all others to the shepherd.
  func send(_ order: ExecutionOrder, _ state: BrokerState) {
    report.trace.combine("\(order.attempt.job.rawValue).\(order.attempt.attempt)")
    guard !isForMock(order) else { return react(broker?.mock.carryOut(order, at: clock.wall) ?? []) }
    guard isConnected, isHeard else { return }
    let held = state.housekeeping[order.attempt]?.allocation ?? state.jobs[order.attempt.job]?.allocation
    let grants = held?.grants ?? []
    transmit(order, grants)
    if random.chance(dials.orderRepeat) { transmit(order, grants) }
  }

  /// In order, as on a socket: no order overtakes another.
  private func transmit(_ order: ExecutionOrder, _ grants: [Grant]) {
    let arrival = clock.elapsed.microseconds + Int64(random.below(dials.networkDelay * 1_000))
    lastDelivery = TimeSpan(microseconds: max(arrival, lastDelivery.microseconds))
    agenda.add(.order(order, grants: grants, connection: connection), at: lastDelivery)
  }

  private func isForMock(_ order: ExecutionOrder) -> Bool {
    switch order {
    case .start(let start):
      if start.mockDuration != nil { broker?.mocked.insert(start.id) }
      return start.mockDuration != nil
    case .acknowledge(let id, .ended): return broker?.mocked.remove(id) != nil
    case .signal, .limit, .terminate, .acknowledge: return broker?.mocked.contains(order.attempt) ?? false
    }
  }

  func deliver(_ order: ExecutionOrder, _ grants: [Grant], _ connection: Int) {
    guard connection == self.connection else { return }
    let id = order.attempt
    let wasAlive = shepherd.alive[id] != nil
    let reactions = shepherd.carryOut(order, using: grants, at: clock.wall) {
      id.stage == .tasks ? behaviour() : programBehaviour()
    }
    react(reactions)
    if !wasAlive, shepherd.alive[id] != nil { checkExecution(of: id) }
  }

  private func behaviour() -> FakeShepherd.Behaviour {
    let runTime = random.chance(30) ? dials.runTime * 4 : random.within(0...dials.runTime)
    return FakeShepherd.Behaviour(
      runTime: .milliseconds(Int64(runTime)), ignoresTermination: random.chance(dials.ignoresTermination),
      waitStatus: random.pick([0, 0, 0, 256, 9]),
      startFailure: random.chance(dials.failsToStart) ? "no such program" : nil)
  }

  /// Programs of the instance mostly do what they should.
  private func programBehaviour() -> FakeShepherd.Behaviour {
    FakeShepherd.Behaviour(
      runTime: .milliseconds(Int64(random.within(0...random.pick([10, 1_000, 8_000])))),
      ignoresTermination: random.chance(dials.ignoresTermination),
      waitStatus: random.chance(dials.failingPrograms) ? random.pick([256, 9]) : 0,
      startFailure: random.chance(dials.failingPrograms / 4) ? "no such program" : nil)
  }

  /// What the host sees when a program begins.
  private func checkExecution(of id: AttemptID) {
    expect(shepherd.executions[id] == 1, "\(id.job.f58) attempt \(id.attempt) was executed twice")
    expect(
      witness.holds(id), "\(id.job.f58) attempt \(id.attempt), \(id.stage.name): executed without holding anything")
    var used: [VertexID: Int64] = [:]
    let depth = witness.steps.depth(of: id.job)
    for (other, grants) in shepherd.alive {
      let isSecond = other != id && other.job == id.job && other.stage != .housekeeping && id.stage != .housekeeping
      expect(!isSecond, "two attempts of \(id.job.f58) run at once")
      // Steps share what their job's own tasks run on.
      guard witness.steps.depth(of: other.job) == depth else { continue }
      for grant in grants { used[grant.vertex, default: 0] += grant.amount.thousandths }
    }
    guard let layout = witness.ledger.layout else { return }
    for grant in shepherd.alive[id] ?? [] {
      guard let place = layout.place(of: grant.vertex) else { continue }
      expect(
        used[grant.vertex] ?? 0 <= layout.size(of: place).thousandths,
        "\(id.job.f58) runs on vertex \(grant.vertex.rawValue) that another program uses")
    }
  }

  // MARK: Reports

  func react(_ reactions: [FakeShepherd.Reaction]) {
    for reaction in reactions {
      switch reaction {
      case .report(let report): transmit(report)
      case .later(let span, let alarm):
        agenda.add(
          .hostAlarm(alarm), at: TimeSpan(microseconds: clock.elapsed.microseconds + span.microseconds))
      }
    }
  }

  /// Late, lost, repeated and in any order; the shepherd repeats what is not acknowledged.
  private func transmit(_ report: ExecutionReport) {
    guard isConnected else { return }
    if !random.chance(dials.reportLoss) { later(random.below(dials.networkDelay + 1), .report(report)) }
    if random.chance(dials.reportRepeat) { later(random.below(5_000), .report(report)) }
  }

  func deliver(_ report: ExecutionReport) {
    guard let process = broker else { return }
    post(.report(report), process: process.number)
  }

  func repeatReports() {
    later(2_000, .reportsAreRepeated)
    for report in shepherd.owedReports { transmit(report) }
  }

  // MARK: Mock

  private func react(_ reactions: [FakeMock.Reaction]) {
    guard let process = broker?.number else { return }
    for reaction in reactions {
      switch reaction {
      case .report(let report): post(.report(report), process: process)
      case .later(let span, let id, let number):
        let moment = TimeSpan(microseconds: clock.elapsed.microseconds + span.microseconds)
        agenda.add(.mockExpires(id, number: number, process: process), at: moment)
      }
    }
  }

  func expireMock(_ id: AttemptID, _ number: Int, _ process: Int) {
    guard broker?.number == process else { return }
    react(broker?.mock.expire(id, number: number, at: clock.wall) ?? [])
  }

  // MARK: The connection and the host

  /// The shepherd connects: whatever was under way on the old connection is gone, and what it knows is told.
  func joinShepherd() {
    guard dials.hasShepherd, broker != nil, !isConnected else { return }
    connection += 1
    isConnected = true
    isHeard = false
    lastDelivery = clock.elapsed
    let hello = ExecutionReport.joined(incarnation: shepherd.incarnation, known: shepherd.known)
    later(random.below(dials.networkDelay + 1), .hello(hello, connection: connection))
    for report in shepherd.owedReports { transmit(report) }
  }

  /// Orders may already be on their way when it is heard; one of an older connection is never heard.
  func hear(_ hello: ExecutionReport, _ connection: Int) {
    if connection == self.connection, isConnected { deliver(hello) }
  }

  func disconnect() {
    guard isConnected else { return }
    isConnected = false
    if random.chance(500) { connection += 1 }
    later(random.within(1...3_000), .shepherdJoins)
  }

  /// What the dying shepherd had written already may be read long after its successor joined.
  private func sayLastWords() {
    var words = shepherd.owedReports
    for id in shepherd.alive.keys where random.chance(300) {
      words.append(.ended(id, at: clock.wall, AttemptEnd(.exited, 9)))
    }
    for report in words where random.chance(500) {
      later(random.below(random.pick([500, 4_000, 20_000])), .report(report))
    }
  }

  func crashShepherd() {
    guard dials.hasShepherd else { return }
    report.shepherdCrashes += 1
    sayLastWords()
    shepherd.crash(newIncarnation: random.next())
    connection += 1
    isConnected = false
    later(random.within(1...5_000), .shepherdJoins)
  }
}

extension ExecutionOrder {
  /// Whom it is about.
  public var attempt: AttemptID {
    switch self {
    case .start(let order): order.id
    case .signal(let id, _), .limit(let id, _), .terminate(let id, _), .acknowledge(let id, _): id
    }
  }
}

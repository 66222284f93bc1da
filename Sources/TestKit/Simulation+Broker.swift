import BrokerCore
import Jobs
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

extension Simulation {
  // MARK: Life and death

  func startBroker() {
    guard broker == nil else { return }
    var state: BrokerState
    do {
      state = try journal.restore()
    } catch {
      return expect(false, "the journal cannot be read again: \(error)")
    }
    state.seal(using: Self.digest)
    expect(packed(state) == packed(durable), "the restored state differs from the durable one")
    expect(IndexChecker.fault(in: state) == nil, "restored: \(IndexChecker.fault(in: state) ?? "")")
    expect(witness.ledger.difference(from: state.graph) == nil, "restored: the graph differs from the ledger")
    checkKeysAfterRestart(state)
    clients.checkAfterRestart(state, journal) { self.expect(false, $0) }
    processCount += 1
    broker = BrokerProcess(number: processCount, state: state)
    post(.brokerStarted(incarnation: random.next(), version: "simulated"), process: processCount)
    post(.defineResources(wantedInventory), process: processCount)
    post(.definePrograms(dials.programs), process: processCount)
    later(1_000, .tick(process: processCount))
    if random.chance(dials.brokerCrashAtStart) { return crashBroker() }
    if dials.hasShepherd { later(random.within(1...500), .shepherdJoins) }
  }

  private func packed(_ state: BrokerState) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    state.packSnapshot { chunks.append($0) }
    return chunks
  }

  func crashBroker() {
    broker = nil
    isConnected = false
    report.brokerCrashes += 1
    // What was written to the socket may still be read, or not.
    if random.chance(500) { connection += 1 }
    later(random.chance(100) ? random.within(0...60_000) : random.within(0...1_000), .brokerStarts)
  }

  func tick(_ process: Int) {
    guard broker?.number == process else { return }
    later(1_000, .tick(process: process))
    post(.tick, process: process)
    if durable.owesSettling(at: clock.wall) { post(.settle, process: process) }
    if durable.inventory != wantedInventory, durable.executing.isEmpty, durable.housekeeping.isEmpty {
      post(.defineResources(wantedInventory), process: process)
    }
    if random.chance(dials.snapshot) { journal.store(snapshotOf: durable) }
  }

  // MARK: Lanes

  func post(_ command: Command, process: Int) {
    guard broker?.number == process else { return }
    broker?.urgent.append(BrokerProcess.Entry(command: command, attribution: .broker, request: nil))
    ring()
  }

  func ring(after milliseconds: Int = 0) {
    guard let broker, !broker.isTurnDue else { return }
    self.broker?.isTurnDue = true
    later(milliseconds + random.below(2), .turn(process: broker.number))
  }

  // MARK: The loop

  func turn(_ process: Int) {
    guard broker?.number == process else { return }
    broker?.isTurnDue = false
    var entries = drain()
    guard let broker, !entries.isEmpty || broker.snapshot.owesSettling(at: clock.wall) else { return }
    var working = broker.snapshot
    var records: [Record] = []
    var ended: [Job] = []
    var outcomes: [Result<Answer, Refusal>] = []
    for entry in entries {
      outcomes.append(decide(entry, &working, &records, &ended))
    }
    for _ in 0..<dials.settlements where working.owesSettling(at: clock.wall) {
      entries.append(BrokerProcess.Entry(command: .settle, attribution: .broker, request: nil))
      outcomes.append(decide(entries[entries.count - 1], &working, &records, &ended))
    }
    if random.chance(dials.brokerCrash) { return crashBroker() }
    if !records.isEmpty {
      working.seal(using: Self.digest)
      guard append(records, ended, working, entries) else { return }
      if random.chance(dials.brokerCrash) { return crashBroker() }
      self.broker?.snapshot = working
      for record in records {
        for effect in working.effects(of: record) { perform(effect, working) }
        if random.chance(dials.brokerCrash / 4) { return crashBroker() }
      }
    }
    for (entry, outcome) in zip(entries, outcomes) {
      complete(entry, outcome)
      if random.chance(dials.brokerCrash / 4) { return crashBroker() }
    }
    if let broker = self.broker,
      !broker.urgent.isEmpty || !broker.admission.isEmpty || !working.operations.isEmpty
        || working.owesSettling(at: clock.wall)
    {
      ring()
    }
    planIfWanted()
  }

  private func drain() -> [BrokerProcess.Entry] {
    guard var process = broker else { return [] }
    var entries = Array(process.urgent.prefix(dials.batchLimit))
    process.urgent.removeFirst(entries.count)
    let admitted = Array(process.admission.prefix(max(0, dials.batchLimit - entries.count)))
    process.admission.removeFirst(admitted.count)
    entries += admitted
    if !process.snapshot.operations.isEmpty {
      entries.append(BrokerProcess.Entry(command: .advanceOperations, attribution: .broker, request: nil))
    }
    broker = process
    return entries
  }

  private func decide(
    _ entry: BrokerProcess.Entry, _ working: inout BrokerState, _ records: inout [Record],
    _ ended: inout [Job]
  ) -> Result<Answer, Refusal> {
    do throws(Refusal) {
      let decision = try working.decide(entry.command, by: entry.attribution, at: clock.wall)
      expect(
        decision.records.count <= BrokerLimits.recordsPerCommand,
        "\(decision.records.count) records of one command")
      for record in decision.records {
        if let job = working.fold(record) { ended.append(job) }
      }
      records += decision.records
      return .success(decision.answer)
    } catch {
      return .failure(error)
    }
  }

  /// - Returns: whether the batch is durable and the process still alive.
  private func append(
    _ records: [Record], _ ended: [Job], _ working: BrokerState, _ entries: [BrokerProcess.Entry]
  ) -> Bool {
    let isBroken = random.chance(dials.diskFailure)
    let keepsBatch = random.chance(500)
    if isBroken { journal.fail(with: .failed("simulated"), keepsBatch: keepsBatch) }
    do throws(AppendFailure) {
      try journal.append(CommitBatch(epoch: working.epoch, records: records, ended: ended))
    } catch {
      if case .failed = error {
        journal.fail(with: nil)
        if keepsBatch { noteDurable(records, ended, working) }
        crashBroker()
      } else {
        refuseForWantOfSpace(entries)
      }
      return false
    }
    noteDurable(records, ended, working)
    return true
  }

  private func noteDurable(_ records: [Record], _ ended: [Job], _ state: BrokerState) {
    durable = state
    report.trace.combine(journal.lastBatch)
    let isThorough = state.jobs.count < 100 || records.first.map { $0.seq % 32 == 0 } ?? false
    if let fault = witness.note(records, ended: ended, state: state, isThorough: isThorough) {
      expect(false, fault)
    }
    if let fault = keyWitness.note(records, state: state) { expect(false, fault) }
    for record in records {
      compareWithHost(record, state, ended)
      if case .graphChanged = record.body { report.mutations += 1 }
      if case .jobHappened(let id, .resize(let allocation)) = record.body {
        shepherd.resize(id, to: allocation.grants)
      }
      if case .jobHappened(_, .evict) = record.body { report.evictions += 1 }
      if case .shepherdJoined(shepherd.incarnation, _) = record.body { isHeard = isConnected }
      if case .jobSubmitted(let submission) = record.body {
        clients.noteSubmission(submission, request: record.attribution.requestID) { self.expect(false, $0) }
      }
    }
  }

  /// What a record says of a program against what the host counted.
  private func compareWithHost(_ record: Record, _ state: BrokerState, _ ended: [Job]) {
    guard case .jobHappened(let id, let event) = record.body, let witness = witness.jobs[id] else { return }
    // A requeue in the same batch has moved the attempt on.
    let attempts = [witness.attempt, max(1, witness.attempt - 1)].map { AttemptID(job: id, attempt: $0) }
    switch event {
    case .release:
      expect(
        attempts.allSatisfy { shepherd.alive[$0] == nil },
        "the resources of \(id.f58) were freed while its program ran")
    case .start:
      let isMock = (state.jobs[id] ?? ended.first { $0.id == id })?.isMock ?? false
      let candidates = state.jobs[id]?.phase == .running ? attempts.prefix(1) : attempts.prefix(2)
      expect(
        isMock || candidates.contains { shepherd.executions[$0] != nil },
        "\(id.f58) is said to have started, but was not executed")
    default: break
    }
  }

  private func refuseForWantOfSpace(_ entries: [BrokerProcess.Entry]) {
    report.refusedForWantOfSpace += 1
    var kept: [BrokerProcess.Entry] = []
    for entry in entries {
      switch entry.command {
      case .report, .brokerStarted, .defineResources, .definePrograms: kept.append(entry)
      case .plan:
        broker?.isPlanning = false
        broker?.wantsPlan = true
      default: if let request = entry.request { clients.forget(request) }
      }
    }
    broker?.urgent.insert(contentsOf: kept, at: 0)
    ring(after: 200)
  }

  // MARK: After the commit

  private func perform(_ effect: Effect, _ state: BrokerState) {
    switch effect {
    case .plan: broker?.wantsPlan = true
    case .order(let order): send(order, state)
    }
  }

  private func complete(_ entry: BrokerProcess.Entry, _ outcome: Result<Answer, Refusal>) {
    switch entry.command {
    case .report(.started(let id, _)): send(.acknowledge(id, .started), durable)
    case .report(.ended(let id, _, _)): send(.acknowledge(id, .ended), durable)
    case .plan:
      broker?.isPlanning = false
      broker?.wantsPlan = true
    case .tick:
      let fault = KeyWitness.untended(durable.keyValues, at: clock.wall)
      expect(fault == nil, fault ?? "")
    case .createNamespace, .changeNamespace, .removeNamespace, .transact, .joinFence:
      if let request = entry.request { clients.forget(request) }
      return completeKeys(entry, outcome)
    default: break
    }
    if let request = entry.request {
      report.trace.combine("\(outcome)")
      clients.complete(request, outcome, durable) { self.expect(false, $0) }
    }
  }

  /// One plan at a time, made on the last committed state and delivered late.
  private func planIfWanted() {
    guard let process = broker, process.wantsPlan, !process.isPlanning, let plan = process.snapshot.plan(at: clock.wall)
    else { return }
    broker?.wantsPlan = false
    guard !plan.placements.isEmpty else { return }
    // Nothing real starts before a shepherd joined; its joining asks for another plan.
    let isHopeless = plan.placements.allSatisfy { placement in
      !(process.snapshot.isShepherdKnown || process.snapshot.jobs[placement.job]?.isMock == true)
    }
    guard !isHopeless else { return }
    broker?.isPlanning = true
    later(1 + random.below(dials.planDelay), .planArrives(plan, process: process.number))
    if random.chance(dials.planRepeat) {
      later(random.below(5_000), .planArrives(plan, process: process.number))
    }
  }
}

import BrokerCore
import Jobs
import KeyValues
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// A broker, its journal, its planner, a host with a shepherd, and clients, in one thread and from one seed.
///
/// The broker's core is the real one; the loop around it keeps the order of the product's: drain, decide and
/// fold into a working copy, append, then publish, effects, answers. It can die between any two of these.
public final class Simulation {
  /// Virtual seconds within which a healed world must come to rest.
  static let restSeconds: Int64 = 300

  enum Event {
    case clientActs(Int)
    case keyClientActs(Int)
    case clientLosesPatience(request: Int)
    case turn(process: Int)
    case tick(process: Int)
    case planArrives(Plan, process: Int)
    case brokerStarts
    case mockExpires(AttemptID, number: Int, process: Int)
    case order(ExecutionOrder, grants: [Grant], connection: Int)
    case report(ExecutionReport)
    case shepherdJoins
    case hello(ExecutionReport, connection: Int)
    case hostAlarm(FakeShepherd.Alarm)
    case reportsAreRepeated
    case weather
    case spaceIsFreed
  }

  let seed: UInt64
  var random: SeededRandom
  var dials: SimulationDials
  var clock: VirtualClock
  var agenda = Agenda<Event>()
  var report: SimulationReport
  var fault: String?
  var isHealing = false

  let journal = MemoryJournal()
  var broker: BrokerProcess?
  var processCount = 0
  /// The state after the last durable batch: what a restart must come back to.
  var durable = BrokerState(epoch: 1)
  var witness = LogWitness()
  var keyWitness = KeyWitness()
  var clients: SimulatedClients
  var wantedInventory: ResourceInventory

  var shepherd: FakeShepherd
  var connection = 0
  var isConnected = false
  /// Whether the joining of this connection's shepherd is durable. Orders before that are dropped: they were
  /// meant for its predecessor, and its joining repeats what is owed.
  var isHeard = false
  var lastDelivery = TimeSpan.zero

  public init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    dials = SimulationDials(&random)
    clock = VirtualClock(
      startingAt: Timestamp(microseconds: (BrokerState.fluidEpochMilliseconds + 1_000_000) * 1_000))
    report = SimulationReport(seed: seed)
    wantedInventory = Self.inventory(&random)
    shepherd = FakeShepherd(incarnation: random.next())
    clients = SimulatedClients(dials, wantedInventory, &random)
    agenda.add(.brokerStarts, at: .zero)
    agenda.add(.shepherdJoins, at: .milliseconds(10))
    agenda.add(.reportsAreRepeated, at: .seconds(1))
    agenda.add(.weather, at: .milliseconds(100))
    for client in 0..<dials.clients { agenda.add(.clientActs(client), at: .milliseconds(Int64(20 + client))) }
    for client in 0..<dials.keyClients {
      agenda.add(.keyClientActs(client), at: .milliseconds(Int64(40 + client)))
    }
  }

  static func inventory(_ random: inout SeededRandom) -> ResourceInventory {
    Samples.inventory(
      nodes: random.within(1...5), cores: random.within(2...6), gpus: random.below(3),
      memoryMebibytes: random.pick([0, 64, 1_000]))
  }

  /// - Throws: the first promise that was broken.
  public func run(steps: Int) throws(SimulationFailure) -> SimulationReport {
    while report.steps < steps { try step() }
    heal()
    let limit = TimeSpan(microseconds: clock.elapsed.microseconds + Self.restSeconds * 1_000_000)
    while !isAtRest {
      if let next = agenda.nextTime, next > limit {
        expect(false, "no rest after \(Self.restSeconds) s: \(unrest)")
      }
      try step()
    }
    expect(witness.ledger.isIdle, "something is held though no job is active")
    expect(
      witness.ledger.difference(from: durable.graph) == nil, "the graph is not free though no job is active")
    try throwFault()
    try letTimePass()
    report.jobs = witness.submitted
    report.stepsTaken = witness.steps.count
    report.repeatedResults = clients.repeatedResults
    report.dependenciesMet = witness.dependencies.released
    report.dependenciesFailed = witness.dependencies.refused
    report.keys = keyWitness.tally
    report.executions = shepherd.executions.values.reduce(0, +)
    report.records = durable.nextSeq - 1
    return report
  }

  /// What only time ends has ended once enough of it has passed.
  private func letTimePass() throws(SimulationFailure) {
    for days in [Int64(8), 1] {
      clock.stepWall(by: .seconds(days * 86_400))
      let limit = TimeSpan(microseconds: clock.elapsed.microseconds + 4_000_000)
      while let next = agenda.nextTime, next <= limit { try step() }
    }
    let store = durable.keyValues
    expect(store.ofJobs.isEmpty, "\(store.ofJobs.count) namespaces of jobs are left")
    expect(store.rounds.isEmpty && store.memories.isEmpty, "fences are left")
    expect(store.namespaces.allSatisfy { $0.value.namespace.retainedRevisions == 1 }, "history is left")
    let fault = keyWitness.difference(from: durable, isThorough: true, withContents: true)
    expect(fault == nil, fault ?? "")
    try throwFault()
  }

  private func step() throws(SimulationFailure) {
    guard let (time, event) = agenda.next() else {
      preconditionFailure("a world always has something to come")
    }
    report.steps += 1
    clock.advance(to: time)
    carryOut(event)
    try throwFault()
  }

  private func throwFault() throws(SimulationFailure) {
    if let fault { throw SimulationFailure(seed: seed, step: report.steps, message: fault) }
  }

  func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition, fault == nil { fault = message() }
  }

  func later(_ milliseconds: Int, _ event: Event) {
    agenda.add(event, at: TimeSpan(microseconds: clock.elapsed.microseconds + Int64(milliseconds) * 1_000))
  }

  private func carryOut(_ event: Event) {
    switch event {
    case .clientActs(let client): clientActs(client)
    case .keyClientActs(let client): keyClientActs(client)
    case .clientLosesPatience(let request): clientLosesPatience(request)
    case .turn(let process): turn(process)
    case .tick(let process): tick(process)
    case .planArrives(let plan, let process): post(.plan(plan), process: process)
    case .brokerStarts: startBroker()
    case .mockExpires(let id, let number, let process): expireMock(id, number, process)
    case .order(let order, let grants, let connection): deliver(order, grants, connection)
    case .report(let report): deliver(report)
    case .shepherdJoins: joinShepherd()
    case .hello(let hello, let connection): hear(hello, connection)
    case .hostAlarm(let alarm): react(shepherd.expire(alarm, at: clock.wall))
    case .reportsAreRepeated: repeatReports()
    case .weather: weather()
    case .spaceIsFreed: journal.fail(with: nil)
    }
  }

  // MARK: Faults and healing

  /// What may go wrong at any time, ten times a second.
  private func weather() {
    later(100, .weather)
    if isHealing {
      releaseHeldJobs()
      healGraph()
    }
    if random.chance(dials.shepherdCrash) { crashShepherd() }
    if random.chance(dials.disconnect) { disconnect() }
    if random.chance(dials.diskFull) {
      journal.fail(with: .full)
      later(random.within(1...3_000), .spaceIsFreed)
    }
    if random.chance(dials.clockStep) { clock.stepWall(by: .seconds(Int64(random.within(-3_600...3_600)))) }
    if random.chance(dials.dayStep) {
      clock.stepWall(by: .seconds(Int64(random.within(1...9)) * 86_400))
      // Answers are kept for a day: no key from before may be used again.
      clients.forgetKeys()
    }
    if random.chance(dials.inventoryChange) { wantedInventory = Self.inventory(&random) }
  }

  private func heal() {
    isHealing = true
    dials.heal()
    // The clock may have gone back by hours since jobs were given a time to begin at.
    clock.stepWall(by: .seconds(86_400))
    // Answers are kept for a day.
    clients.forgetKeys()
    journal.fail(with: nil)
    // Everything that clients made can run on the first inventory.
    wantedInventory = clients.inventory
    if let broker, durable.inventory != wantedInventory {
      post(.defineResources(wantedInventory), process: broker.number)
    }
  }

  private var isAtRest: Bool {
    guard let broker, broker.isReady else { return false }
    return durable.jobs.isEmpty && durable.operations.isEmpty && durable.allocations.isEmpty
      && durable.reservations.isEmpty && durable.housekeeping.isEmpty && shepherd.alive.isEmpty
      && shepherd.known.isEmpty && !durable.owesSettling(at: clock.wall)
  }

  /// What is still going on.
  private var unrest: String {
    let jobs = durable.jobs.prefix(5).map { id, job in
      "\(id.f58) \(job.phase) attempt \(job.attempt)" + (job.unmet.isEmpty ? "" : " waits for \(job.unmet)")
    }
    return
      "\(durable.jobs.count) jobs (\(jobs.joined(separator: ", "))), \(durable.operations.count) operations, "
      + "\(shepherd.alive.count) programs alive, \(shepherd.known.count) attempts known, "
      + "\(durable.graph?.freeCoreCount ?? 0) free cores, shepherd known: \(durable.isShepherdKnown)"
  }
}

import BrokerCore
import Jobs
import Jobspec
import Persistent
import Vocabulary

extension Simulation {
  /// How long a key is used; far below the time for which answers are kept, with room for stepped clocks.
  private static let keyUseSeconds: Int64 = 600

  func clientActs(_ client: Int) {
    guard !isHealing else { return }
    later(random.within(1...dials.thinkTime * 2), .clientActs(client))
    let user = Samples.user(random.below(dials.users))
    let actor = random.chance(150) ? Samples.owner : user
    if random.chance(dials.cancels) { return send(.act(.cancel(note: "wanted"), on: someJob()), by: actor) }
    if random.chance(dials.sweeps) { return send(sweep(), by: actor) }
    if random.chance(dials.urgencies) {
      return send(.update(someJob(), JobUpdate(urgency: random.pick([0, 1, 16, 16, 31]))), by: actor)
    }
    if random.chance(dials.tokens) { return handleTokens(actor) }
    if random.chance(dials.controls) { return send(control(by: actor), by: actor) }
    if random.chance(dials.mutations) { return operate() }
    if random.chance(dials.steps) { return submitSteps(as: user) }
    submit(as: user)
  }

  func send(_ command: Command, by principal: Principal, retries: Int = 0) {
    let (number, entry) = clients.makeRequest(command, by: principal, retries: retries)
    later(3_000, .clientLosesPatience(request: number))
    guard broker != nil else { return }
    broker?.admission.append(entry)
    ring()
  }

  /// Mostly one that is active, else any.
  private func someJob() -> JobID {
    if random.chance(30) { return JobID(random.next()) }
    let active = durable.jobs
    if !active.isEmpty, random.chance(900) {
      var skip = random.below(min(active.count, 64))
      for entry in active {
        if skip == 0 { return entry.key }
        skip -= 1
      }
    }
    return clients.accepted.isEmpty ? JobID(1) : random.pick(clients.accepted)
  }

  private func sweep() -> Command {
    var filter = JobFilter()
    switch random.below(4) {
    case 0: filter.states = .pending
    case 1: filter.name = "job\(random.below(3))"
    default: break
    }
    return .actMatching(.cancel(note: "swept"), filter)
  }

  private func control(by user: Principal) -> Command {
    let raising = JobAction.raise(type: "site", severity: UInt8(random.pick([0, 1, 5, 7])), note: "")
    switch random.below(6) {
    case 0: return .act(raising, on: someJob())
    case 1: return .act(.signal(10), on: someJob())
    case 2:
      var filter = JobFilter()
      filter.query = try? JobQuery("name:job1,dep* or state:sched")
      return .actMatching(random.chance(500) ? raising : .signal(12), filter)
    case 3: return collection(by: user)
    default:
      let change = JobChange(duration: random.chance(500) ? .seconds(Int64(random.below(5))) : nil)
      let memo: JSONObject? = random.chance(500) ? ["note": random.chance(300) ? .null : .integer(1)] : nil
      return .update(someJob(), JobUpdate(change: change, memo: memo))
    }
  }

  /// With a new key, one that was used before, or none.
  private func collection(by user: Principal) -> Command {
    let id = random.chance(700) ? nil : someJob()
    guard random.chance(600) else { return .collectResult(of: id, idempotency: nil) }
    if let last = clients.lastCollection, last.user == user, random.chance(500) { return last.command }
    let key = IdempotencyKey(scope: Samples.digest(random.next()), body: Samples.digest(random.next()))
    let command = Command.collectResult(of: id, idempotency: key)
    clients.lastCollection = (command, user)
    return command
  }

  private func handleTokens(_ actor: Principal) {
    if random.chance(500) {
      let number = random.next()
      let request = TokenRequest(
        id: "t\(number)", digest: Samples.digest(number), user: actor.name, suggestedUserID: actor.userID,
        role: .user, lifetime: nil, note: "")
      return send(.issueToken(request), by: Samples.owner)
    }
    guard !clients.tokens.isEmpty else { return }
    let token = random.pick(clients.tokens)
    clients.noteRevocation(of: token.id)
    send(.revokeToken(id: token.id), by: Samples.owner)
  }

  // MARK: Submissions

  private func submit(as user: Principal) {
    if !clients.scopes.isEmpty, random.chance(dials.keys / 4) { return useKeyAgain() }
    let limit = dials.isCrowded ? 3_000 : dials.activeLimit
    guard durable.jobs.count < limit else { return }
    let room = dials.isCrowded ? 1_000 : min(SubmitCommand.maximumItems, 2 * dials.activeLimit)
    let count =
      dials.isCrowded && random.chance(100) ? room : random.chance(dials.bulk) ? random.within(0...room) : 1
    var items = (0..<count).map { _ in item() }
    // Long jobs by the thousand would never come to rest.
    if count > 100 { items = items.map { SubmitCommand.Item(spec: $0.spec, urgency: 0, flags: []) } }
    let isAtomic = random.chance(200)
    guard random.chance(dials.keys) else {
      return send(.submit(SubmitCommand(items: items, idempotency: nil, isAtomic: isAtomic)), by: user)
    }
    let key = IdempotencyKey(scope: Samples.digest(random.next()), body: Samples.digest(random.next()))
    let command = SubmitCommand(items: items, idempotency: key, isAtomic: isAtomic)
    clients.keys[key.scope] = SimulatedClients.Key(
      key: key, user: user, issuedAt: clock.elapsed, command: command)
    clients.scopes.append(key.scope)
    send(.submit(command), by: user, retries: 3)
    if random.chance(100) { send(.submit(command), by: user) }
  }

  private func item() -> SubmitCommand.Item {
    if random.chance(20) {
      // More than there will ever be.
      return SubmitCommand.Item(spec: Samples.jobspec(["huge"], nodes: 50, cores: 64), urgency: 16, flags: [])
    }
    if random.chance(dials.dependencies) { return dependentItem() }
    return SubmitCommand.Item(
      spec: random.pick(clients.palette), urgency: random.chance(50) ? 0 : random.chance(50) ? 31 : 16,
      flags: random.chance(dials.controls) ? [.waitable] : [])
  }

  /// Mostly within a running job of theirs, or one that is itself a step.
  private func submitSteps(as user: Principal) {
    let running = durable.executing.filter { id in
      durable.jobs[id].map { $0.owner == user && !$0.phase.isOnTheWayOut } ?? false
    }
    guard !running.isEmpty || random.chance(50) else { return submit(as: user) }
    let id = running.isEmpty || random.chance(50) ? someJob() : random.pick(running)
    let items = (0..<random.within(1...4)).map { _ in step(within: id) }
    send(.submit(SubmitCommand(items: items, idempotency: nil, isAtomic: random.chance(200))), by: user)
  }

  private func step(within id: JobID) -> SubmitCommand.Item {
    let isExclusive = random.chance(100)
    let spec = Samples.jobspec(
      ["step"], nodes: isExclusive ? 1 : nil, cores: random.chance(700) ? 1 : random.within(1...3),
      exclusive: isExclusive,
      attempts: random.chance(300) ? 2 : nil,
      mockMilliseconds: random.chance(dials.mockJobs) ? random.within(1...dials.runTime) : nil,
      dependencies: random.chance(dials.dependencies / 4) ? ["afterany:\(someJob().f58)"] : [],
      retry: random.chance(300) ? "lost,exit:1" : nil)
    let lookup = DependencyLookup(
      place: "/dependencies", seq: durable.nextSeq,
      ended: spec.jobspec.dependencies.compactMap(\.target).compactMap { journal.endedJob($0).map { EndedJob($0) } })
    return SubmitCommand.Item(
      spec: spec, urgency: random.chance(50) ? 0 : 16, flags: random.chance(dials.controls) ? [.waitable] : [],
      lookup: lookup, within: id)
  }

  /// After jobs that run, that are over, that never were, or that are another user's.
  private func dependentItem() -> SubmitCommand.Item {
    var targets: Set<JobID> = []
    for _ in 0..<random.within(1...3) { targets.insert(someJob()) }
    var dependencies = targets.sorted().map { target in
      random.pick(["after", "afterstart", "afterany", "afterok", "afternotok", "afterexcept"]) + ":\(target.f58)"
    }
    let isSingleton = random.chance(300)
    if isSingleton { dependencies = random.chance(500) ? ["singleton"] : dependencies + ["singleton"] }
    if random.chance(200) {
      let time = clock.wall.microseconds / 1_000_000 + Int64(random.within(-5...20))
      dependencies.append("begin-time:\(max(0, time))")
    }
    let spec = Samples.jobspec(
      ["dependent"], mockMilliseconds: random.chance(dials.mockJobs) ? random.within(1...dials.runTime) : nil,
      name: isSingleton || random.chance(300) ? "job\(random.below(3))" : nil, dependencies: dependencies)
    let lookup = DependencyLookup(
      place: "/dependencies", seq: durable.nextSeq,
      ended: targets.sorted().compactMap { journal.endedJob($0).map { EndedJob($0) } })
    // All copies of a submission have one limit.
    let group = random.within(1...3)
    let places: [Dependency] =
      random.chance(200) ? [.place(group: UInt64(group), limit: UInt32(1 + group % 2))] : []
    return SubmitCommand.Item(
      spec: spec, urgency: random.chance(50) ? 0 : 16, flags: [], lookup: lookup, places: places)
  }

  /// A retry, or a mistake: the same key with another body.
  private func useKeyAgain() {
    let scope = clients.scopes[clients.scopes.count - 1 - random.below(min(8, clients.scopes.count))]
    guard let known = clients.keys[scope],
      clock.elapsed.microseconds - known.issuedAt.microseconds < Self.keyUseSeconds * 1_000_000
    else { return }
    guard random.chance(200), known.outcomes != nil else {
      return send(.submit(known.command), by: known.user)
    }
    let other = IdempotencyKey(scope: scope, body: Samples.digest(random.next()))
    send(.submit(SubmitCommand(items: [item()], idempotency: other, isAtomic: false)), by: known.user)
  }

  func clientLosesPatience(_ number: Int) {
    guard let request = clients.waiting[number] else { return }
    clients.forget(number)
    guard request.retries > 0, !isHealing else { return }
    send(request.command, by: request.attribution.principal, retries: request.retries - 1)
  }

  /// So that every job can come to its end.
  func releaseHeldJobs() {
    guard let broker, broker.isReady else { return }
    if dials.isCrowded || durable.jobs.count > 60, !durable.jobs.isEmpty, durable.operations.isEmpty {
      return send(.actMatching(.cancel(note: "over"), JobFilter()), by: Samples.owner)
    }
    for (id, job) in durable.jobs where job.urgency == 0 {
      send(.update(id, JobUpdate(urgency: 16)), by: Samples.owner)
    }
  }
}

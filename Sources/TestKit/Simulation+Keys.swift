import BrokerCore
import Jobs
import KeyValues
import Persistent
import Vocabulary

/// What clients of namespaces do.
extension Simulation {
  /// Two users with namespaces of the same names: what is one's must never be the other's.
  private static let keyUsers = [Samples.user(0), Samples.user(1)]
  private static let names = ["a", "b"].compactMap { NamespaceName($0) }
  /// Counters are changed by comparisons alone, and no key lies above or below them.
  private static let counters = keys(["c0", "c1", "c2"])
  private static let others = keys(
    (0..<40).map { number in
      switch number % 4 {
      case 0: "k\(number)"
      case 1: "d\(number % 3).k\(number)"
      case 2: "d\(number % 3).e\(number % 5).k\(number)"
      default: "d\(number % 3).e\(number % 5)"
      }
    })

  private static func keys(_ texts: [String]) -> [Key] { texts.compactMap { try? Key($0) } }

  func keyClientActs(_ client: Int) {
    guard !isHealing else { return }
    later(random.within(1...dials.keyThinkTime * 2), .keyClientActs(client))
    guard let (id, owner) = somePlace() else { return }
    let actor = random.chance(60) ? Samples.owner : random.chance(40) ? random.pick(Self.keyUsers) : owner
    if random.chance(dials.fences) { return meet(at: id, as: actor) }
    if random.chance(dials.keyReads) { return readPast(of: id, as: actor) }
    let isMade = durable.keyValues[id] != nil
    if id.name.text.utf8.count == 1, random.chance(isMade ? dials.keyChurn : 700) {
      return manage(id, as: actor, isMade: isMade)
    }
    send(.transact(id, transaction(on: id)), by: actor)
  }

  /// A namespace that is or could be, and somebody whose it is.
  private func somePlace() -> (NamespaceID, Principal)? {
    let user = random.pick(Self.keyUsers)
    switch random.below(10) {
    case 0:
      guard let name = NamespaceName("primary"),
        let id = durable.namespaceID(name, of: nil, for: Samples.attribution(Samples.owner))
      else { return nil }
      return (id, Samples.owner)
    case 1, 2:
      var ended = durable.keyValues.ofJobs.suffix(8).map { (id: $0.key, namespace: $0.value) }
      if !ended.isEmpty, random.chance(300) {
        ended.sort { $0.id < $1.id }
        let id = random.pick(ended).namespace
        return (id, durable.keyValues[id]?.owner ?? user)
      }
      guard let job = durable.jobs.prefix(8).map(\.value).last, let name = NamespaceID.name(of: job.id) else {
        return nil
      }
      return (NamespaceID(userID: job.owner.userID, name: name), job.owner)
    default: return (NamespaceID(userID: user.userID, name: random.pick(Self.names)), user)
    }
  }

  private func manage(_ id: NamespaceID, as actor: Principal, isMade: Bool) {
    guard isMade else {
      let owner = random.chance(900) ? Self.keyUsers.first { $0.userID == id.userID } ?? actor : actor
      return send(.createNamespace(creation(of: id, as: owner)), by: owner)
    }
    switch random.below(3) {
    case 0: send(.removeNamespace(id), by: actor)
    case 1:
      var quota = dials.quota
      quota.maximumKeys = random.within(0...2 * quota.maximumKeys)
      send(.changeNamespace(id, description: nil, quota: quota), by: actor)
    default: send(.createNamespace(creation(of: id, as: actor)), by: actor)
    }
  }

  private func creation(of id: NamespaceID, as actor: Principal) -> NamespaceCreation {
    var source: NamespaceCreation.Source?
    if random.chance(500), let (place, _) = somePlace() {
      // Mostly the user's own other one.
      let own = NamespaceID(userID: id.userID, name: Self.names[id.name == Self.names[0] ? 1 : 0])
      let from = random.chance(600) ? own : place
      let states = keyWitness.namespaces[from]?.retainedStates
      let revision = states.map { $0[random.within($0.startIndex...$0.endIndex - 1)].revision } ?? 0
      source = NamespaceCreation.Source(id: from, revision: revision - min(revision, UInt64(random.below(2))))
    }
    return NamespaceCreation(id: id, description: "", quota: dials.quota, retention: dials.retention, source: source)
  }

  // MARK: Transactions

  private func transaction(on id: NamespaceID) -> Transaction {
    switch random.below(10) {
    case 0...3: return counting(on: id)
    case 4...6: return Transaction(then: [operation()])
    case 7:
      let keys = [random.pick(Self.counters), someKey(), someKey()]
      return Transaction(compares: random.chance(500) ? [comparison(id)] : [], then: keys.map { .get($0) })
    default:
      return Transaction(
        compares: (0..<random.below(3)).map { _ in comparison(id) },
        then: (0..<random.within(1...6)).map { _ in operation() },
        otherwise: random.chance(500) ? [] : [.get(someKey()), operation()])
    }
  }

  /// Reads a counter, and puts one more if nobody else did meanwhile.
  private func counting(on id: NamespaceID) -> Transaction {
    let key = random.pick(Self.counters)
    let entry = durable.keyValues[id]?.namespace.root.entry(at: key)
    let number = entry?.value.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
    let compare: Transaction.Compare
    if let entry, random.chance(500) {
      compare = random.chance(500) ? .value(key, entry.value?.bytes ?? []) : .revision(key, .equal, entry.revision)
    } else {
      compare = entry == nil && random.chance(500) ? .exists(key, false) : .revision(key, .equal, entry?.revision ?? 0)
    }
    let change: Transaction.Operation =
      random.chance(30) ? .delete(key, recursive: false) : .put(key, .bytes(Value(Array("\(number + 1)".utf8))), .json)
    return Transaction(compares: [compare], then: [change, .get(someKey())], otherwise: [.get(key)])
  }

  private func comparison(_ id: NamespaceID) -> Transaction.Compare {
    let key = random.chance(500) ? someKey() : random.pick(Self.counters)
    let revision = durable.keyValues[id]?.namespace.root.entry(at: key)?.revision ?? 0
    switch random.below(4) {
    case 0: return .exists(key, random.chance(500))
    case 1: return .revision(key, .less, durable.nextSeq - UInt64(random.below(Int(min(durable.nextSeq, 50)))))
    case 2: return .revision(key, .greater, revision - min(revision, 1))
    default: return .revision(key, .equal, revision)
    }
  }

  private func operation() -> Transaction.Operation {
    let key = someKey()
    if random.chance(dials.links) {
      return .symlink(key, target: someKey(), namespace: random.chance(100) ? Self.names[0] : nil)
    }
    switch random.below(20) {
    case 0...8: return .put(key, .bytes(Value(someBytes())), random.pick([.octetStream, .json, "text/x"]))
    case 9...12: return .append(key, someBytes(), .octetStream)
    case 13, 14: return .delete(key, recursive: false)
    case 15: return .delete(key.parent ?? key, recursive: true)
    case 16: return .makeDirectory(key)
    case 17: return .put(key, .blob(Samples.digest(random.next()), size: random.below(200)), .octetStream)
    case 18: return .list(key.parent ?? .root, limit: 4)
    default: return .get(key)
    }
  }

  private func someKey() -> Key { Self.others[random.below(dials.keyCount)] }

  private func someBytes() -> [UInt8] {
    let count = random.chance(dials.largeValues) ? random.within(16_000...40_000) : random.below(40)
    return Array(repeating: UInt8(truncatingIfNeeded: random.next()), count: count)
  }

  // MARK: Fences

  private func meet(at id: NamespaceID, as actor: Principal) {
    guard let name = NamespaceName(random.chance(500) ? "f" : "g") else { return }
    let isBarrier = random.chance(250)
    let size = (name.text == "f" ? 2 : 3) + (random.chance(30) ? 1 : 0)
    // New participants every few seconds: the old ones are told what their round came to.
    let era = clock.elapsed.seconds / 3
    let fence = isBarrier ? FenceID(barrier: name, userID: actor.userID) : FenceID(fence: name, of: id)
    let changes = isBarrier ? [] : (0..<random.below(3)).compactMap { _ in operation().asChange }
    let arrival = FenceArrival(
      fence: fence, size: size, participant: "p\(random.below(4)).\(era)", changes: changes)
    send(.joinFence(arrival), by: actor, retries: 2)
  }
}

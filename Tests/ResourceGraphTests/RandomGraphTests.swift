import Glibc
import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("Random sequences on a graph")
struct RandomGraphTests {
  @Test("Matches, releases and mutations in any order agree with a plain list of vertices")
  func agreesWithPlainList() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("resource graph sequences: seed \(seed)")
    let clock = ContinuousClock()
    let start = clock.now
    var sequences: UInt64 = 0
    // In time rather than in number, because the reference is slow by design; SLUICE_GRAPH_SEQUENCES=2000 asks for a
    // number instead, whatever time it takes.
    let number = getenv("SLUICE_GRAPH_SEQUENCES").flatMap { UInt64(String(cString: $0)) }
    while sequences < number ?? 2_000, number != nil || sequences < 1 || clock.now - start < .seconds(8) {
      var sequence = try GraphSequence(seed: seed &+ sequences)
      for _ in 0..<200 { try sequence.step() }
      try sequence.finish()
      sequences += 1
    }
    print("resource graph sequences: \(sequences) of 200 operations in \(clock.now - start)")
  }
}

/// One graph, its reference, and what jobs hold of both.
struct GraphSequence {
  private var graph = ResourceGraph()
  private var plain = PlainGraph()
  private var held: [[Grant]] = []
  private var random: SeededRandom
  private let name: String
  private var steps = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    name = "seed \(seed)"
    let hosts = random.pick([2, 2, 3, 3, 4, 5, 6, 8, 8, 66])
    let node = Self.node(&random, count: hosts)
    let isRacked = random.chance(500)
    let racks = [Fragment(type: "rack", children: [node]), Self.node(&random, count: 2)]
    try add(Fragment(type: "cluster", children: isRacked ? racks : [node]), under: nil)
  }

  private static func node(_ random: inout SeededRandom, count: Int) -> Fragment {
    let cores = [
      Fragment(type: "core", count: random.within(1...4)), Fragment(type: "gpu", count: random.within(1...2)),
    ]
    let memory = Fragment(type: "memory", size: Amount(thousandths: Int64(random.pick([8_000, 100_000]))), unit: "MiB")
    let nested = [Fragment(type: "socket", count: 2, children: cores), memory]
    return Fragment(
      type: "node", count: count, status: random.chance(100) ? .down : .up,
      children: random.chance(500) ? nested : cores + [memory])
  }

  mutating func step() throws {
    steps += 1
    switch random.below(100) {
    case 0..<45: try match()
    case 45..<60: release()
    case 60..<70: releasePart()
    case 70..<80: try askAboutAnyGrants()
    case 80..<84: try grow()
    case 84..<86: try restart()
    default: try mutate()
    }
    // The reference takes quadratic time.
    if plain.entries.count < 100 || steps % 20 == 0 { try compare() }
    if steps % 25 == 0 { graph.checkInvariants() }
  }

  /// From a snapshot, in which what is held is taken again by those who hold it.
  private mutating func restart() throws {
    let chunks = Self.packed(graph)
    var restorer = GraphRestorer()
    for chunk in chunks { try restorer.add(chunk) }
    graph = try restorer.finish()
    for grants in held {
      try #require(graph.fits(grants), "\(name), step \(steps): what was held can be held")
      graph.take(grants)
    }
    graph.checkInvariants()
    try #require(Self.packed(graph) == chunks, "\(name), step \(steps): the same snapshot again")
  }

  private static func packed(_ graph: ResourceGraph) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    graph.packSnapshot { chunks.append($0) }
    return chunks
  }

  mutating func finish() throws {
    while !held.isEmpty { release() }
    try compare()
    graph.checkInvariants()
  }

  private func compare() throws {
    for type in ["node", "core", "gpu", "memory", "socket"] {
      let free = plain.free(type, beneath: 0)
      try #require(graph.free(ofType: type).thousandths == free, "\(name), step \(steps): free \(type)")
      try #require(graph.total(ofType: type).thousandths == plain.total(type), "\(name), step \(steps): \(type) in all")
    }
  }

  // MARK: Matching

  private mutating func match() throws {
    let cores = Int64(random.within(0...3))
    let memory = cores == 0 ? 3 : Int64(random.pick([0, 0, 3]))
    let count = Int64(random.pick([1, 1, 2, 5, 20]))
    let policy = random.pick(MatchPolicy.all)
    let hosts = random.chance(300) ? someHosts() : nil
    var parts: [RequestPart] = []
    if cores > 0 { parts.append(.resource("core", cores)) }
    if memory > 0 { parts.append(.resource("memory", memory)) }
    switch random.below(3) {
    case 0:
      let possible = plain.slots(cores: cores, memory: memory, hosts: hosts, wholeHosts: policy.takesWholeHosts)
      let grants = graph.match(graph.compile([.slot(count, parts)]), policy: policy, hosts: hosts)
      try #require((grants != nil) == (possible >= count), "\(name), step \(steps): \(possible) slots, \(count) asked")
      if let grants { try hold(grants, hosts) }
    case 1:
      let isExclusive = random.chance(500)
      let node = RequestPart.resource("node", count, isExclusive: isExclusive, [.slot(1, parts)])
      let grants = graph.match(graph.compile([node]), policy: policy, hosts: hosts)
      let isWhole = isExclusive || policy.takesWholeHosts
      let possible = plain.entries.indices.count { number in
        guard let rank = plain.entries[number].rank else { return false }
        var one = HostSet(rankLimit: rank + 1)
        one.insert(rank)
        let isAllowed = hosts?.contains(rank) ?? true
        return isAllowed && plain.slots(cores: cores, memory: memory, hosts: one, wholeHosts: isWhole) > 0
      }
      try #require((grants != nil) == (possible >= count), "\(name), step \(steps): \(possible) nodes, \(count) asked")
      if let grants { try hold(grants, hosts) }
    default:
      let slot = RequestPart.slot(1, [.resource("socket", 1, [.resource("core", 1), .resource("gpu", 1)])])
      if let grants = graph.match(graph.compile([slot]), policy: policy, hosts: hosts) { try hold(grants, hosts) }
    }
  }

  private mutating func hold(_ grants: [Grant], _ hosts: HostSet?) throws {
    try #require(plain.accepts(grants), "\(name), step \(steps): what was matched was free and open: \(grants)")
    for grant in grants {
      guard let hosts, let host = plain.host(of: Int(grant.vertex.rawValue)) else { continue }
      try #require(plain.entries[host].rank.map { hosts.contains($0) } == true, "\(name), step \(steps): host allowed")
    }
    plain.hold(grants, times: 1)
    held.append(grants)
  }

  private mutating func someHosts() -> HostSet {
    var set = HostSet(rankLimit: graph.rankLimit)
    for rank in 0..<graph.rankLimit where random.chance(400) { set.insert(rank) }
    return set
  }

  private mutating func release() {
    guard !held.isEmpty else { return }
    let grants = held.remove(at: random.below(held.count))
    graph.release(grants)
    plain.hold(grants, times: -1)
  }

  private mutating func releasePart() {
    guard !held.isEmpty else { return }
    let index = random.below(held.count)
    var kept: [Grant] = []
    var freed: [Grant] = []
    for grant in held[index] { if random.chance(500) { kept.append(grant) } else { freed.append(grant) } }
    graph.release(freed)
    plain.hold(freed, times: -1)
    if kept.isEmpty { held.remove(at: index) } else { held[index] = kept }
  }

  /// Often wrong: unordered, unknown, too much, in use.
  private mutating func askAboutAnyGrants() throws {
    var numbers = (0..<random.within(1...3)).map { _ in random.below(plain.entries.count + 1) }
    if random.chance(900) { numbers = Set(numbers).sorted() }
    let amounts: [Int64] = [1_000, 1_000, 1_000, 3_000, 0]
    let grants = numbers.map {
      Grant(vertex: VertexID(UInt32($0)), amount: Amount(thousandths: random.pick(amounts)))
    }
    try #require(graph.fits(grants) == plain.fits(grants), "\(name), step \(steps): fits \(grants)")
    try #require(graph.accepts(grants) == plain.accepts(grants), "\(name), step \(steps): accepts \(grants)")
    guard plain.accepts(grants) else { return }
    graph.take(grants)
    plain.hold(grants, times: 1)
    held.append(grants)
  }

  // MARK: Mutations

  private mutating func grow() throws {
    let parent = random.below(plain.entries.count)
    let fragment: Fragment
    if plain.host(of: parent) == nil {
      guard plain.entries.count < 400 else { return }
      fragment = Self.node(&random, count: random.pick([1, 1, 3]))
    } else {
      fragment = Fragment(type: random.pick(["core", "gpu", "widget"]), count: random.within(1...2))
    }
    let isRefused =
      plain.entries[parent].isRemoved || (!plain.entries[parent].hasChildren && plain.isInUse(parent))
    // What is asked for by amount stays a pool; a widget shows how one becomes a vertex with children.
    guard !["core", "gpu", "memory"].contains(plain.entries[parent].type) else { return }
    if isRefused {
      #expect(throws: MutationFault.self) { try graph.check(.add(fragment, under: VertexID(UInt32(parent)))) }
    } else {
      try add(fragment, under: parent)
    }
  }

  private mutating func add(_ fragment: Fragment, under parent: Int?) throws {
    let change = GraphChange.add(fragment, under: parent.map { VertexID(UInt32($0)) })
    try graph.check(change)
    graph.apply(change)
    plain.add(fragment, under: parent)
    try #require(Int(graph.nextVertex.rawValue) == plain.entries.count)
  }

  private mutating func mutate() throws {
    let number = random.below(plain.entries.count)
    let vertex = VertexID(UInt32(number))
    let isGone = plain.entries[number].isRemoved
    let isOn = random.chance(300)
    let size = Amount(thousandths: Int64(random.pick([1_000, 1_500, 2_000, 50_000])))
    let change: GraphChange
    var isAllowed = !isGone
    switch random.below(12) {
    case 0..<3: change = .setStatus(vertex, isOn ? .down : .up)
    case 3..<5: change = .drain(vertex, isOn ? Drain(reason: "r", at: Timestamp(microseconds: 1)) : nil)
    case 5..<6: change = .exclude(vertex, isOn)
    case 6..<7:
      change = .setProperties(vertex, [PropertyChange(key: random.pick(["a", "b"]), value: isOn ? "1" : nil)])
    case 7..<9:
      change = .resize(vertex, size)
      let entry = plain.entries[number]
      if size.thousandths < entry.taken || plain.isHeldFromAbove(number) { isAllowed = false }
      if entry.hasChildren, plain.isHeld(atOrBeneath: number) { isAllowed = false }
    case 9..<10:
      let target = VertexID(UInt32(random.below(plain.entries.count)))
      let edge = GraphEdge(subsystem: "network", source: vertex, target: target, relationship: "joins")
      // What supplies cores or memory from beside would be found by hosts without any; the list knows of no such thing.
      guard !["core", "memory"].contains(graph.type(of: vertex)) else { return }
      if (try? graph.check(.addEdge(edge))) != nil { graph.apply(.addEdge(edge)) }
      return
    default:
      change = .remove(vertex)
      if number == 0 || plain.isInUse(number) { isAllowed = false }
      if plain.liveCount < 10 { return }
    }
    guard isAllowed else {
      #expect(throws: MutationFault.self, "\(name), step \(steps): \(change)") { try graph.check(change) }
      return
    }
    try graph.check(change)
    graph.apply(change)
    plain.apply(change, to: number)
  }
}

extension PlainGraph {
  fileprivate mutating func apply(_ change: GraphChange, to number: Int) {
    switch change {
    case .setStatus(_, let status): self.change(number) { $0.isDown = status == .down }
    case .drain(_, let drain): self.change(number) { $0.isDrained = drain != nil }
    case .exclude(_, let isExcluded): self.change(number) { $0.isExcluded = isExcluded }
    case .resize(_, let size): self.change(number) { $0.size = size.thousandths }
    case .remove: remove(number)
    default: break
    }
  }
}

extension RequestPart {
  static func resource(
    _ type: String, _ count: Int64, isExclusive: Bool = true, ids: Idset? = nil, _ parts: [RequestPart] = []
  ) -> RequestPart {
    RequestPart(
      kind: .resource(type: type), count: .exactly(count),
      isExclusive: isExclusive && (parts.isEmpty || type == "node"),
      ids: ids, parts: parts)
  }

  static func slot(_ count: Int64, _ parts: [RequestPart]) -> RequestPart {
    RequestPart(kind: .slot, count: .exactly(count), isExclusive: true, label: "task", parts: parts)
  }
}

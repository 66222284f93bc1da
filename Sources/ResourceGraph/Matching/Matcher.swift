import Jobspec
import Persistent
import Vocabulary

/// Finds resources for one request, taking them as it goes and giving back what leads nowhere.
///
/// Depth first and greedy, as Fluxion's traverser is: what fits one part is not taken back for the sake of another
/// part beside it, but a vertex that cannot hold all that it should is left as it was.
struct Matcher<View: Availability> {
  var view: View
  let policy: MatchPolicy
  /// `nil`: all.
  let hosts: HostSet?
  private(set) var taken: [Grant] = []
  let hostType: UInt16?

  init(_ view: View, policy: MatchPolicy, hosts: HostSet?) {
    self.view = view
    self.policy = policy
    self.hosts = hosts
    hostType = view.graph.names.number(of: ResourceGraph.hostType)
  }

  /// Takes what the request needs; takes nothing when it is not there.
  ///
  /// - Returns: by ascending vertex, one grant a vertex.
  mutating func match(_ request: CompiledRequest) -> [Grant]? {
    guard request.unknownType == nil, let root = view.graph.root?.rawValue, view.isOpen(root),
      hasAll(request.least, root)
    else { return nil }
    guard placeAll(request.parts, underRoot: root), !taken.isEmpty else {
      undo(to: 0)
      return nil
    }
    return settled()
  }

  /// One grant a vertex, held once.
  private mutating func settled() -> [Grant] {
    let sorted = taken.sorted { $0.vertex < $1.vertex }
    var merged: [Grant] = []
    merged.reserveCapacity(sorted.count)
    for grant in sorted {
      if let last = merged.last, last.vertex == grant.vertex {
        let sum = Amount(thousandths: last.amount.thousandths + grant.amount.thousandths)
        merged[merged.count - 1] = Grant(vertex: grant.vertex, amount: sum)
      } else {
        merged.append(grant)
      }
    }
    if merged.count != sorted.count {
      undo(to: 0)
      for grant in merged { take(grant) }
    }
    return merged
  }

  /// Whether the root may have it all, itself included.
  private func hasAll(_ needs: [CompiledRequest.Need], _ root: UInt32) -> Bool {
    let vertex = view.graph[root]
    for need in needs {
      var sum = view.free(beneath: root, need.type)
      if vertex.type == need.type { sum += vertex.size }
      if sum < need.amount { return false }
    }
    return true
  }

  // MARK: Undoing

  mutating func take(_ grant: Grant) {
    view.take(grant)
    taken.append(grant)
  }

  mutating func undo(to mark: Int) {
    while taken.count > mark, let last = taken.popLast() { view.untake(last) }
  }

  // MARK: Placing

  /// The root itself may be what a part asks for.
  private mutating func placeAll(_ parts: [CompiledPart], underRoot root: UInt32) -> Bool {
    if parts.count == 1, let part = parts.first, part.kind == .vertex, part.type == view.graph[root].type {
      return part.count.acceptable(atMost: placeOne(part, root, limit: part.count.maximum ?? .max)) != nil
    }
    return placeAll(parts, under: root)
  }

  /// All of the parts, each in the count that it asks for.
  mutating func placeAll(_ parts: [CompiledPart], under vertex: UInt32) -> Bool {
    let mark = taken.count
    var alternatives: [CompiledPart] = []
    for part in parts {
      if part.kind == .orSlot || part.kind == .xorSlot {
        alternatives.append(part)
      } else if !place(part, under: vertex) {
        undo(to: mark)
        return false
      }
    }
    if !alternatives.isEmpty, !placeAlternatives(alternatives, under: vertex) {
      undo(to: mark)
      return false
    }
    return true
  }

  /// One part beneath a vertex, in an acceptable count: as many as it may have.
  private mutating func place(_ part: CompiledPart, under vertex: UInt32) -> Bool {
    if part.isAuxiliary, !view.graph.hasAny(part.type, beneath: vertex) { return placeUpward(part, from: vertex) }
    let wanted = part.count.maximum ?? .max
    let mark = taken.count
    let found = placeUnits(part, under: vertex, limit: wanted)
    guard let count = part.count.acceptable(atMost: found) else {
      undo(to: mark)
      return false
    }
    if count == found { return true }
    // More than a number that is acceptable: once more, with that number as the limit.
    undo(to: mark)
    return placeUnits(part, under: vertex, limit: count) == count
  }

  /// Up to `limit` of a part beneath a vertex.
  /// - Returns: how many were taken.
  mutating func placeUnits(_ part: CompiledPart, under vertex: UInt32, limit: Int64) -> Int64 {
    if part.kind != .vertex { return placeSlots(part, under: vertex, limit: limit) }
    var found: Int64 = 0
    _ = walk(vertex, for: part.type, part.least) { matcher, child in
      found += matcher.placeOne(part, child, limit: limit - found)
      return found < limit
    }
    return found
  }

  func allows(_ number: UInt32) -> Bool {
    guard let hosts, view.graph[number].type == hostType else { return true }
    return view.graph.rank(of: VertexID(number)).map { hosts.contains($0) } ?? true
  }

  /// Whether every host beneath a vertex may be used, so that it may be taken whole.
  private func allowsAll(in number: UInt32) -> Bool {
    guard hosts != nil, isAboveHosts(number) else { return true }
    var isAllowed = true
    view.graph.forEachNumber(beneath: number) { if !allows($0) { isAllowed = false } }
    return isAllowed
  }

  /// One vertex of the type that a part asks for.
  /// - Returns: units taken: amounts of a pool, or 1 of a vertex with what it holds.
  mutating func placeOne(_ part: CompiledPart, _ number: UInt32, limit: Int64) -> Int64 {
    let vertex = view.graph[number]
    if let ids = part.ids, !ids.contains(Int(vertex.id)) { return 0 }
    if part.parts.isEmpty, !vertex.hasInterior {
      let units = min(view.free(number) / 1_000, limit)
      guard units > 0 else { return 0 }
      take(Grant(vertex: VertexID(number), amount: Amount(thousandths: units * 1_000)))
      return units
    }
    let isWhole = part.isExclusive || part.parts.isEmpty || policy.takesWholeHosts && vertex.type == hostType
    guard !isWhole || view.isWhollyFree(number) && allowsAll(in: number) else { return 0 }
    let mark = taken.count
    guard part.parts.isEmpty || placeAll(part.parts, under: number) else { return 0 }
    if isWhole { takeWhole(number, from: mark) }
    return 1
  }

  /// What lies beneath was only tried; what lies elsewhere, such as power from above, stays taken.
  private mutating func takeWhole(_ number: UInt32, from mark: Int) {
    let parts = Array(taken[mark...])
    undo(to: mark)
    take(Grant(vertex: VertexID(number), amount: Amount(thousandths: view.graph[number].size)))
    for grant in parts where !view.graph.hasAncestor(of: grant.vertex.rawValue, where: { $0 == number }) { take(grant) }
  }

  // MARK: Slots

  /// A slot lies on one host, unless it asks for hosts itself or there are none beneath.
  private mutating func placeSlots(_ slot: CompiledPart, under vertex: UInt32, limit: Int64) -> Int64 {
    guard let hostType, !slot.holdsHosts, isAboveHosts(vertex) else { return fill(vertex, with: slot, limit: limit) }
    var found: Int64 = 0
    var needs = slot.least
    if policy.takesWholeHosts { CompiledPart.add(hostType, 1, to: &needs) }
    _ = walk(vertex, for: hostType, needs) { matcher, child in
      found += matcher.placeSlotsOnHost(slot, child, limit: limit - found)
      return found < limit
    }
    return found
  }

  mutating func placeSlotsOnHost(_ slot: CompiledPart, _ host: UInt32, limit: Int64) -> Int64 {
    let mark = taken.count
    guard !policy.takesWholeHosts || view.isWhollyFree(host) else { return 0 }
    let count = fill(host, with: slot, limit: limit)
    if count > 0, policy.takesWholeHosts { takeWhole(host, from: mark) }
    return count
  }

  /// In a function of its own, because a graph that is held while something is taken of it is copied by and by.
  private func isAboveHosts(_ vertex: UInt32) -> Bool {
    let stored = view.graph[vertex]
    guard stored.host == Vertex.none, let hostType else { return false }
    return view.graph.hasAny(hostType, beneath: vertex)
  }

  /// As many slots as fit beneath one vertex.
  private mutating func fill(_ vertex: UInt32, with slot: CompiledPart, limit: Int64) -> Int64 {
    if let count = fillAtOnce(vertex, with: slot, limit: limit) { return count }
    var count: Int64 = 0
    while count < limit, placeAll(slot.parts, under: vertex) { count += 1 }
    return count
  }

  /// Slots of plain amounts are counted before they are taken; `nil`: they are not so plain, or there are fewer than
  /// the sums say.
  private mutating func fillAtOnce(_ vertex: UInt32, with slot: CompiledPart, limit: Int64) -> Int64? {
    var count = limit
    for part in slot.parts {
      guard part.isAmount, case .exactly(let each) = part.count, part.ids == nil, !part.isAuxiliary else { return nil }
      count = min(count, view.free(beneath: vertex, part.type) / 1_000 / each)
    }
    guard count > 0, count < .max else { return count > 0 ? nil : 0 }
    let mark = taken.count
    for part in slot.parts {
      let wanted = part.count.minimum * count
      guard placeUnits(part, under: vertex, limit: wanted) == wanted else {
        undo(to: mark)
        return nil
      }
    }
    return count
  }

  /// The first of the `xor_slot`s that fits; of the `or_slot`s, which all have one count, any mix that comes to it.
  private mutating func placeAlternatives(_ parts: [CompiledPart], under vertex: UInt32) -> Bool {
    if parts.contains(where: { $0.kind == .xorSlot }) {
      guard parts.contains(where: { $0.kind == .xorSlot && place($0, under: vertex) }) else { return false }
    }
    let mixed = parts.filter { $0.kind == .orSlot }
    guard let count = mixed.first?.count else { return true }
    let mark = taken.count
    let found = placeMix(mixed, under: vertex, limit: count.maximum ?? .max)
    guard let accepted = count.acceptable(atMost: found) else { return false }
    if accepted == found { return true }
    undo(to: mark)
    return placeMix(mixed, under: vertex, limit: accepted) == accepted
  }

  private mutating func placeMix(_ parts: [CompiledPart], under vertex: UInt32, limit: Int64) -> Int64 {
    var found: Int64 = 0
    for part in parts where found < limit { found += placeUnits(part, under: vertex, limit: limit - found) }
    return found
  }

  // MARK: Upward

  /// An amount of every pool of the type that supplies the vertex or what contains it, on all levels: a rack's power
  /// is the cluster's too.
  private mutating func placeUpward(_ part: CompiledPart, from vertex: UInt32) -> Bool {
    let amount = Amount(thousandths: part.count.minimum.multipliedReportingOverflow(by: 1_000).partialValue)
    let pools = view.graph.suppliers(of: vertex, type: part.type)
    guard !pools.isEmpty, pools.allSatisfy({ isUsable($0) && view.free($0) >= amount.thousandths }) else {
      return false
    }
    for pool in pools { take(Grant(vertex: VertexID(pool), amount: amount)) }
    return true
  }

  /// Whether a pool that was reached by edges, not from the root, can be taken by amount.
  private func isUsable(_ pool: UInt32) -> Bool {
    !view.graph[pool].hasInterior && !view.graph.hasAncestor(of: pool) { !view.isOpen($0) }
  }
}

extension ResourceGraph {
  /// Pools of a type from which edges of other subsystems lead to a vertex, or to what contains it.
  func suppliers(of vertex: UInt32, type: UInt16) -> [UInt32] {
    var seen: Set<UInt32> = []
    var open = [vertex]
    _ = hasAncestor(of: vertex) { ancestor in
      open.append(ancestor)
      return false
    }
    var pools: [UInt32] = []
    while let next = open.popLast() {
      edgesByTarget.forEach(from: ReversedEdge(target: next, subsystem: 0, source: 0, relationship: 0)) { edge in
        guard edge.target == next else { return false }
        if seen.insert(edge.source).inserted {
          open.append(edge.source)
          if self[edge.source].type == type { pools.append(edge.source) }
        }
        return true
      }
    }
    return pools.sorted()
  }
}

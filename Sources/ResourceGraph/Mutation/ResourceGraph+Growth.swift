import Persistent
import Vocabulary

/// Adding a subtree: costs its vertices, the depth of its parent, and nothing of the rest.
extension ResourceGraph {
  /// Sums of one of a fragment's equal siblings, worked out once for all of them.
  private struct Mould {
    let fragment: Fragment
    let type: UInt16
    let basename: UInt16
    let unit: UInt16
    let isHost: Bool
    let properties: [Property]
    let names: [String]?
    var types: [UInt16] = []
    var free: [Int64] = []
    var total: [Int64] = []
    var children: [Mould] = []

    /// What one of it adds to the free sums above it.
    var contributions: [Change] {
      guard fragment.status == .up else { return [] }
      return Self.changes(type, fragment.size.thousandths, types, free)
    }

    var totals: [Change] { Self.changes(type, fragment.size.thousandths, types, total) }

    static func changes(_ type: UInt16, _ own: Int64, _ types: [UInt16], _ sums: [Int64]) -> [Change] {
      var changes: [Change] = []
      for (index, type) in types.enumerated() {
        ResourceGraph.add(Change(type: type, amount: sums[index]), to: &changes)
      }
      ResourceGraph.add(Change(type: type, amount: own), to: &changes)
      return changes
    }
  }

  mutating func add(_ fragment: Fragment, under parent: VertexID?) {
    let mould = mould(of: fragment)
    guard let parent else {
      var ids: [UInt16: Int] = [:]
      make(mould, number: 0, parent: Vertex.none, slot: 0, host: Vertex.none, ids: &ids)
      return
    }
    let number = parent.rawValue
    let host = self[number].host
    giveInterior(to: number)
    widen(number, with: [mould.type] + mould.types)
    var ids = idsInUse(under: number, host: host, mould)
    let firstSlot = interiors[Int(self[number].interior)].children.count
    for index in 0..<fragment.count {
      let child = UInt32(vertices.count)
      let place = Int(self[number].interior)
      interiors.modify(place) { interior in
        interior.children.append(child)
        interior.liveChildren += 1
      }
      make(mould, number: index, parent: number, slot: UInt32(firstSlot + index), host: host, ids: &ids)
    }
    var changes = mould.contributions
    var totals = mould.totals
    for index in changes.indices { changes[index].amount *= Int64(fragment.count) }
    for index in totals.indices { totals[index].amount *= Int64(fragment.count) }
    let child = interiors[Int(self[number].interior)].children[firstSlot]
    changeTotals(totals, above: child)
    growMaxima(of: number, from: firstSlot)
    propagateGrowth(changes, to: number)
  }

  /// The parent's own maxima are made already; what lies above sees one change.
  private mutating func propagateGrowth(_ changes: [Change], to number: UInt32) {
    interiors.modify(Int(self[number].interior)) { interior in
      for change in changes {
        guard let index = interior.index(of: change.type) else { preconditionFailure("a type beneath is not summed") }
        interior.free[index] += change.amount
      }
    }
    if !self[number].isBlocked { propagate(changes, holds: 0, from: number) }
  }

  private mutating func mould(of fragment: Fragment) -> Mould {
    var mould = Mould(
      fragment: fragment, type: names.number(adding: fragment.type),
      basename: names.number(adding: fragment.basename ?? fragment.type), unit: names.number(adding: fragment.unit),
      isHost: fragment.type == Self.hostType, properties: fragment.properties.sorted(),
      names: fragment.names?.names)
    var free: [Change] = []
    var total: [Change] = []
    for child in fragment.children {
      let part = self.mould(of: child)
      for type in [part.type] + part.types where !mould.types.contains(type) { mould.types.append(type) }
      for change in part.contributions {
        Self.add(Change(type: change.type, amount: change.amount * Int64(child.count)), to: &free)
      }
      for change in part.totals {
        Self.add(Change(type: change.type, amount: change.amount * Int64(child.count)), to: &total)
      }
      mould.children.append(part)
    }
    mould.free = mould.types.map { type in free.first { $0.type == type }?.amount ?? 0 }
    mould.total = mould.types.map { type in total.first { $0.type == type }?.amount ?? 0 }
    return mould
  }

  /// Makes one vertex of a mould and all beneath it.
  ///
  /// - Parameters:
  ///   - number: which of the equal siblings.
  ///   - ids: the next id by type, in the scope of the surrounding host or parent.
  private mutating func make(
    _ mould: Mould, number: Int, parent: UInt32, slot: UInt32, host: UInt32, ids: inout [UInt16: Int]
  ) {
    let fragment = mould.fragment
    let vertex = UInt32(vertices.count)
    let id = fragment.firstID.map { $0 + number } ?? (mould.isHost ? freeHostID(for: mould) : ids[mould.type] ?? 0)
    if mould.isHost {
      nextHostID = max(nextHostID, id + 1)
    } else {
      ids[mould.type] = max(ids[mould.type] ?? 0, id + 1)
    }
    var flags: Vertex.Flags = fragment.status == .down ? [.down] : []
    if let names = mould.names {
      customNames[vertex] = names[number]
      flags.insert(.named)
    }
    let hasInterior = mould.isHost || !mould.children.isEmpty
    vertices.append(
      Vertex(
        size: fragment.size.thousandths, parent: parent, slot: slot, host: mould.isHost ? vertex : host,
        interior: hasInterior ? UInt32(interiors.count) : Vertex.none, id: Int32(clamping: id), type: mould.type,
        basename: mould.basename, unit: mould.unit, flags: flags))
    liveCount += 1
    if !mould.properties.isEmpty { properties[vertex] = mould.properties }
    if !fragment.cpus.isEmpty { hardware[vertex] = fragment.cpus }
    guard hasInterior else { return }
    interiors.append(Interior(types: mould.types, free: mould.free, total: mould.total))
    if mould.isHost { enrol(vertex, rank: fragment.firstRank.map { $0 + number }) }
    makeChildren(of: mould, vertex, host: mould.isHost ? vertex : host, ids: &ids)
  }

  /// The next id of a host; one whose default name some host was given explicitly is passed over.
  private func freeHostID(for mould: Mould) -> Int {
    var id = nextHostID
    if mould.names == nil { while hostsByName["\(names[mould.basename])\(id)"] != nil { id += 1 } }
    return id
  }

  private mutating func makeChildren(of mould: Mould, _ vertex: UInt32, host: UInt32, ids: inout [UInt16: Int]) {
    let place = Int(self[vertex].interior)
    // Ids count within a host; outside of hosts, within the parent.
    var own: [UInt16: Int] = [:]
    var slot = 0
    var children: [UInt32] = []
    children.reserveCapacity(mould.children.reduce(0) { $0 + $1.fragment.count })
    for child in mould.children {
      for index in 0..<child.fragment.count {
        children.append(UInt32(vertices.count))
        if host == Vertex.none || mould.isHost {
          make(child, number: index, parent: vertex, slot: UInt32(slot), host: host, ids: &own)
        } else {
          make(child, number: index, parent: vertex, slot: UInt32(slot), host: host, ids: &ids)
        }
        slot += 1
      }
    }
    interiors.modify(place) { interior in
      interior.children = children
      interior.liveChildren = children.count
    }
    if children.count > Interior.groupWidth { rebuildMaxima(of: place) }
  }

  private mutating func enrol(_ vertex: UInt32, rank: Int?) {
    let rank = rank ?? hosts.count
    while hosts.count < rank { hosts.append(Vertex.none) }
    hosts.append(vertex)
    interiors.modify(Int(self[vertex].interior)) { $0.rank = Int32(rank) }
    hostsByName[name(of: VertexID(vertex))] = vertex
  }

  /// A pool that gets children: from now on it is held whole or not at all.
  private mutating func giveInterior(to number: UInt32) {
    guard !self[number].hasInterior else { return }
    let place = UInt32(interiors.count)
    interiors.append(Interior())
    vertices.modify(Int(number)) { $0.interior = place }
  }

  /// Makes room for sums of types that were not beneath a vertex before, there and above.
  private mutating func widen(_ number: UInt32, with types: [UInt16]) {
    var next = number
    while next != Vertex.none {
      let place = Int(self[next].interior)
      let isWider = interiors.modify(place) { interior in
        let before = interior.types.count
        for type in types where interior.index(of: type) == nil {
          interior.types.append(type)
          interior.free.append(0)
          interior.total.append(0)
        }
        return interior.types.count > before
      }
      if isWider, !interiors[place].maxima.isEmpty { rebuildMaxima(of: place) }
      next = self[next].parent
    }
  }

  /// The maxima of a parent whose children from `slot` on are new.
  private mutating func growMaxima(of number: UInt32, from slot: Int) {
    let place = Int(self[number].interior)
    let count = interiors[place].children.count
    guard count > Interior.groupWidth else { return }
    let levels = interiors[place].maxima.count
    if levels == 0 || count - slot > slot / 4 || (count - 1) >> (Interior.groupBits * levels) > 0 {
      return rebuildMaxima(of: place)
    }
    extendMaxima(of: place, from: slot)
  }

  /// The next free ids where a fragment arrives.
  private func idsInUse(under number: UInt32, host: UInt32, _ mould: Mould) -> [UInt16: Int] {
    guard !mould.isHost else { return [:] }
    var ids: [UInt16: Int] = [:]
    if host != Vertex.none {
      forEachVertex(beneath: host) { vertex in
        ids[vertex.type] = max(ids[vertex.type] ?? 0, Int(vertex.id) + 1)
      }
    } else {
      for child in children(of: VertexID(number)) {
        let vertex = self[child]
        ids[vertex.type] = max(ids[vertex.type] ?? 0, Int(vertex.id) + 1)
      }
    }
    return ids
  }
}

import Persistent

/// A graph as it is now; takes are written into a copy.
struct LiveAvailability: Availability {
  var graph: ResourceGraph

  func isOpen(_ number: UInt32) -> Bool { !graph[number].isBlocked }
  func isWhollyFree(_ number: UInt32) -> Bool { !graph[number].isBlocked && graph[number].holds == 0 }

  func free(_ number: UInt32) -> Int64 {
    let vertex = graph[number]
    return vertex.isBlocked ? 0 : vertex.size - vertex.taken
  }

  func free(beneath number: UInt32, _ type: UInt16) -> Int64 { graph.free(beneath: graph[number], type) }

  mutating func take(_ grant: Grant) { graph.take(grant) }
  mutating func untake(_ grant: Grant) { graph.release(grant) }

  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int? {
    graph.child(of: number, from: slot, descending: descending, having: needs)
  }

  func tightestChild(
    of number: UInt32, after bound: (room: Int64, slot: Int)?, having needs: [CompiledRequest.Need]
  ) -> (room: Int64, slot: Int)? {
    graph.tightestChild(of: number, after: bound, having: needs)
  }
}

extension ResourceGraph {
  /// Finds the next child with enough free, skipping groups of 64, of 4,096, … that have none.
  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int? {
    let vertex = self[number]
    guard vertex.hasInterior else { return nil }
    let interior = interiors[Int(vertex.interior)]
    let step = descending ? -1 : 1
    var slot = slot
    guard !interior.maxima.isEmpty else {
      while slot >= 0, slot < interior.children.count {
        let child = interior.children[slot]
        if child != Vertex.none, has(child, needs) { return slot }
        slot += step
      }
      return nil
    }
    guard let columns = Columns(needs, of: interior) else { return nil }
    while slot >= 0, slot < interior.children.count {
      if let next = columns.skip(slot, descending) {
        slot = next
        continue
      }
      // Its group may have one: every member is looked at before the next group is.
      let group = slot >> Interior.groupBits
      let block = columns.block(group)
      while slot >= 0, slot < interior.children.count, slot >> Interior.groupBits == group {
        if columns.allow(slot, block), isUsable(interior.children[slot]) { return slot }
        slot += step
      }
    }
    return nil
  }

  /// Of the children with enough free, the one that has least left of the first need; among equals the first.
  ///
  /// - Parameter bound: only children that come later in this order, by what they have and their place.
  func tightestChild(
    of number: UInt32, after bound: (room: Int64, slot: Int)?, having needs: [CompiledRequest.Need]
  ) -> (room: Int64, slot: Int)? {
    let vertex = self[number]
    guard vertex.hasInterior else { return nil }
    let interior = interiors[Int(vertex.interior)]
    var best: (room: Int64, slot: Int)?
    guard !interior.maxima.isEmpty else {
      for (slot, child) in interior.children.enumerated() where child != Vertex.none && has(child, needs) {
        let room = needs.first.map { contribution(of: child, $0.type) } ?? 0
        consider((room, slot), after: bound, &best)
      }
      return best
    }
    guard let columns = Columns(needs, of: interior) else { return nil }
    var slot = 0
    while slot < interior.children.count {
      if let next = columns.skip(slot, false) {
        slot = next
        continue
      }
      let end = min(slot + Interior.groupWidth, interior.children.count)
      let block = columns.block(slot >> Interior.groupBits)
      while slot < end {
        if columns.allow(slot, block), isUsable(interior.children[slot]) {
          consider((columns.room(slot, block), slot), after: bound, &best)
        }
        slot += 1
      }
      // Nothing is tighter than what is just enough.
      if bound == nil, let best, best.room == needs.first?.amount { return best }
    }
    return best
  }

  private func consider(
    _ child: (room: Int64, slot: Int), after bound: (room: Int64, slot: Int)?, _ best: inout (room: Int64, slot: Int)?
  ) {
    if let best, child.room >= best.room { return }
    if let bound, child <= bound { return }
    best = child
  }

  private func isUsable(_ child: UInt32) -> Bool { child != Vertex.none && !self[child].isBlocked }

  private func has(_ number: UInt32, _ needs: [CompiledRequest.Need]) -> Bool {
    let vertex = self[number]
    if vertex.isBlocked { return false }
    for need in needs where contribution(of: number, need.type) < need.amount { return false }
    return true
  }

  /// The search tree of one vertex, asked for a list of needs.
  private struct Columns {
    private let levels: [Maxima]
    /// Places of the needed types, and how much is needed.
    private let needs: [(index: Int, amount: Int64)]

    /// `nil`: there is nothing of one of the types.
    init?(_ needs: [CompiledRequest.Need], of interior: Interior) {
      levels = interior.maxima
      var columns: [(index: Int, amount: Int64)] = []
      for need in needs {
        guard let index = interior.index(of: need.type) else { return nil }
        columns.append((index, need.amount))
      }
      self.needs = columns
    }

    /// What the children of a group have.
    func block(_ group: Int) -> [Int64] { levels[0].block(group) }

    func allow(_ slot: Int, _ block: [Int64]) -> Bool {
      for need in needs where block[Maxima.place(slot, need.index)] < need.amount { return false }
      return true
    }

    func room(_ slot: Int, _ block: [Int64]) -> Int64 { needs.first.map { block[Maxima.place(slot, $0.index)] } ?? 0 }

    /// Past the widest group around a place in which no child has enough; `nil`: its group of 64 may have one.
    func skip(_ slot: Int, _ descending: Bool) -> Int? {
      var next: Int?
      for level in 1..<levels.count {
        let shift = Interior.groupBits * level
        let group = slot >> shift
        guard needs.contains(where: { levels[level][group, $0.index] < $0.amount }) else { break }
        next = descending ? (group << shift) - 1 : (group + 1) << shift
      }
      return next
    }
  }
}

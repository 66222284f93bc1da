import Persistent

/// How what is free is summed up: a vertex contributes to its parent what could be given out of it and beneath it.
extension ResourceGraph {
  /// A change of what one vertex contributes.
  struct Change {
    let type: UInt16
    var amount: Int64
  }

  /// What a vertex contributes of one type; a vertex with children is free as itself only when nothing of it is held.
  func contribution(of number: UInt32, _ type: UInt16) -> Int64 {
    let vertex = self[number]
    guard !vertex.isBlocked else { return 0 }
    var sum: Int64 = 0
    if vertex.type == type { sum = ownContribution(of: vertex) }
    return sum + free(beneath: vertex, type)
  }

  /// - Precondition: the vertex is not blocked.
  func ownContribution(of vertex: Vertex) -> Int64 {
    vertex.hasInterior ? (vertex.holds == 0 ? vertex.size : 0) : vertex.size - vertex.taken
  }

  /// What lies beneath a vertex, as if the vertex itself were not blocked.
  func free(beneath vertex: Vertex, _ type: UInt16) -> Int64 {
    guard vertex.hasInterior else { return 0 }
    let place = Int(vertex.interior)
    guard let index = Interior.index(of: type, in: interiors[place].types) else { return 0 }
    return interiors[place].free[index]
  }

  /// Whether there is anything of a type beneath a vertex, free or not.
  func hasAny(_ type: UInt16, beneath number: UInt32) -> Bool {
    guard let interior = interior(of: self[number]), let index = interior.index(of: type) else { return false }
    return interior.total[index] > 0
  }

  /// All that a vertex contributes.
  func contributions(of number: UInt32) -> [Change] {
    let vertex = self[number]
    guard !vertex.isBlocked else { return [] }
    var changes: [Change] = []
    if let interior = interior(of: vertex) {
      for (index, type) in interior.types.enumerated() where interior.free[index] != 0 {
        changes.append(Change(type: type, amount: interior.free[index]))
      }
    }
    Self.add(Change(type: vertex.type, amount: ownContribution(of: vertex)), to: &changes)
    return changes
  }

  static func add(_ change: Change, to changes: inout [Change]) {
    guard change.amount != 0 else { return }
    for index in changes.indices where changes[index].type == change.type {
      changes[index].amount += change.amount
      return
    }
    changes.append(change)
  }

  /// Carries what a vertex contributes more or less up to the root, as far as it matters.
  ///
  /// - Parameter holds: grants that are at or beneath the vertex more (or less) than before.
  mutating func propagate(_ initial: [Change], holds: Int32, from number: UInt32) {
    var changes = initial
    var child = number
    while holds != 0 || !changes.isEmpty {
      let parent = self[child].parent
      guard parent != Vertex.none else { return }
      let slot = Int(self[child].slot)
      for change in changes { changeFree(of: parent, child: child, slot, change) }
      var own: Int64 = 0
      let isBlocked = vertices.modify(Int(parent)) { vertex in
        let before = vertex.holds
        vertex.holds = UInt32(Int64(before) + Int64(holds))
        if (before == 0) != (vertex.holds == 0) { own = vertex.holds == 0 ? vertex.size : -vertex.size }
        return vertex.isBlocked
      }
      if isBlocked {
        changes.removeAll()
      } else {
        Self.add(Change(type: self[parent].type, amount: own), to: &changes)
      }
      child = parent
    }
  }

  private mutating func changeFree(of parent: UInt32, child: UInt32, _ slot: Int, _ change: Change) {
    let place = Int(self[parent].interior)
    let (index, hasMaxima) = interiors.modify(place) { interior in
      guard let index = interior.index(of: change.type) else { preconditionFailure("a type beneath is not summed") }
      interior.free[index] += change.amount
      return (index, !interior.maxima.isEmpty)
    }
    guard hasMaxima else { return }
    let new = contribution(of: child, change.type)
    updateMaxima(of: place, slot, index, old: new - change.amount, new: new)
  }

  // MARK: Maxima

  /// One child has another amount free of one type.
  private mutating func updateMaxima(of place: Int, _ slot: Int, _ index: Int, old: Int64, new: Int64) {
    interiors.modify(place) { $0.maxima[0][slot, index] = new }
    var member = slot
    var old = old
    var new = new
    for level in 1..<interiors[place].maxima.count {
      let group = member >> Interior.groupBits
      let most = interiors[place].maxima[level][group, index]
      if new > most {
        interiors.modify(place) { $0.maxima[level][group, index] = new }
        (old, new) = (most, new)
      } else if old == most, new < old {
        let rest = interiors[place].maxima[level - 1].most(inGroup: group, index, upTo: most)
        guard rest != most else { return }
        interiors.modify(place) { $0.maxima[level][group, index] = rest }
        (old, new) = (most, rest)
      } else {
        return
      }
      member = group
    }
  }

  /// Builds the search tree over a vertex's children anew.
  mutating func rebuildMaxima(of place: Int) {
    interiors.modify(place) { $0.maxima = [] }
    var members = interiors[place].children.count
    guard members > Interior.groupWidth else { return }
    var levels = [Maxima(groups: members, stride: interiors[place].types.count)]
    fill(&levels[0], of: interiors[place], from: 0)
    while members > Interior.groupWidth {
      members = (members + Interior.groupWidth - 1) >> Interior.groupBits
      var level = Maxima(groups: members, stride: levels[0].stride)
      level.summarize(levels[levels.count - 1], from: 0)
      levels.append(level)
    }
    interiors.modify(place) { $0.maxima = levels }
  }

  /// The same where only children from `slot` on are new.
  mutating func extendMaxima(of place: Int, from slot: Int) {
    let interior = interiors[place]
    var levels = interior.maxima
    var first = slot
    var members = interior.children.count
    while levels[0].groups < members { levels[0].appendGroup() }
    fill(&levels[0], of: interior, from: slot)
    for depth in levels.indices.dropFirst() {
      first >>= Interior.groupBits
      members = (members + Interior.groupWidth - 1) >> Interior.groupBits
      while levels[depth].groups < members { levels[depth].appendGroup() }
      levels[depth].summarize(levels[depth - 1], from: first)
    }
    interiors.modify(place) { $0.maxima = levels }
  }

  /// The lowest level: what children have free themselves.
  private func fill(_ level: inout Maxima, of interior: Interior, from slot: Int) {
    for slot in slot..<interior.children.count {
      let child = interior.children[slot]
      for (index, type) in interior.types.enumerated() {
        level[slot, index] = child == Vertex.none ? 0 : contribution(of: child, type)
      }
    }
  }
}

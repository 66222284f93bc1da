import Persistent
public import Vocabulary

/// Taking and giving back.
extension ResourceGraph {
  /// Whether every grant could be given right now, to a job that holds none of it.
  public func accepts(_ grants: [Grant]) -> Bool { fits(grants) && grants.allSatisfy { isOpen($0.vertex.rawValue) } }

  /// Whether every grant fits beside what is held, on vertices that are up or not: what a restart checks.
  public func fits(_ grants: [Grant]) -> Bool {
    guard !grants.isEmpty else { return false }
    var previous: VertexID?
    var whole: Set<UInt32> = []
    for grant in grants {
      guard contains(grant.vertex), grant.amount > .zero, previous.map({ $0 < grant.vertex }) ?? true else {
        return false
      }
      previous = grant.vertex
      let vertex = self[grant.vertex]
      if vertex.hasInterior {
        guard vertex.holds == 0, grant.amount.thousandths == vertex.size else { return false }
        whole.insert(grant.vertex.rawValue)
      } else {
        guard grant.amount.thousandths <= vertex.size - vertex.taken else { return false }
      }
    }
    return grants.allSatisfy { grant in
      !hasAncestor(of: grant.vertex.rawValue) { self[$0].flags.contains(.heldWhole) || whole.contains($0) }
    }
  }

  /// Neither it nor anything above it is closed or held whole.
  func isOpen(_ number: UInt32) -> Bool {
    !self[number].isBlocked && !hasAncestor(of: number) { self[$0].isBlocked }
  }

  func hasAncestor(of number: UInt32, where condition: (UInt32) -> Bool) -> Bool {
    var next = self[number].parent
    while next != Vertex.none {
      if condition(next) { return true }
      next = self[next].parent
    }
    return false
  }

  /// - Precondition: `fits(grants)`; decided before the log, so a failure here is a broken invariant.
  public mutating func take(_ grants: [Grant]) {
    for grant in grants { take(grant) }
  }

  /// - Precondition: the grants were taken.
  public mutating func release(_ grants: [Grant]) {
    for grant in grants { release(grant) }
  }

  /// A vertex with children is taken with all that it holds; any other by amount.
  mutating func take(_ grant: Grant) {
    let number = grant.vertex.rawValue
    let vertex = self[number]
    var changes: [Change] = []
    if vertex.hasInterior {
      precondition(vertex.holds == 0 && !vertex.flags.contains(.heldWhole), "vertex \(number) booked twice")
      changes = contributions(of: number)
      for index in changes.indices { changes[index].amount.negate() }
    } else {
      precondition(grant.amount.thousandths <= vertex.size - vertex.taken, "vertex \(number) booked twice")
      if !vertex.isBlocked { changes.append(Change(type: vertex.type, amount: -grant.amount.thousandths)) }
    }
    vertices.modify(Int(number)) { vertex in
      vertex.taken += grant.amount.thousandths
      vertex.holds += 1
      if vertex.hasInterior { vertex.flags.insert(.heldWhole) }
    }
    propagate(changes, holds: 1, from: number)
  }

  mutating func release(_ grant: Grant) {
    let number = grant.vertex.rawValue
    precondition(
      self[number].taken >= grant.amount.thousandths && self[number].holds > 0, "vertex \(number) freed twice")
    vertices.modify(Int(number)) { vertex in
      vertex.taken -= grant.amount.thousandths
      vertex.holds -= 1
      if vertex.hasInterior { vertex.flags.remove(.heldWhole) }
    }
    let vertex = self[number]
    var changes: [Change] = []
    if vertex.hasInterior {
      changes = contributions(of: number)
    } else if !vertex.isBlocked {
      changes.append(Change(type: vertex.type, amount: grant.amount.thousandths))
    }
    propagate(changes, holds: -1, from: number)
  }

  /// How much of a vertex is held, by itself or because something above it is held whole.
  public func taken(of vertex: VertexID) -> Amount {
    let stored = self[vertex]
    if hasAncestor(of: vertex.rawValue, where: { self[$0].flags.contains(.heldWhole) }) {
      return Amount(thousandths: stored.size)
    }
    return Amount(thousandths: stored.taken)
  }

  /// Whether anything at, beneath or above it is held, so that it can neither go nor change.
  public func isInUse(_ vertex: VertexID) -> Bool {
    self[vertex].holds > 0 || hasAncestor(of: vertex.rawValue) { self[$0].flags.contains(.heldWhole) }
  }
}

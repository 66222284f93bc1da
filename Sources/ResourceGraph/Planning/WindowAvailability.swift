import Persistent
import Vocabulary

/// A timetable through a span of time: free is what is free at every moment of it.
///
/// Takes are kept beside the timetable, for this search alone.
struct WindowAvailability: Availability {
  let graph: ResourceGraph
  private let profiles: [Profile]
  private let places: [Int32]
  private let from: Int64
  /// Exclusive.
  private let until: Int64
  /// What this search took: of pools, and of types beneath vertices.
  private var taken: [Place: Int64] = [:]
  /// Grants of this search at and beneath vertices.
  private var holds: [UInt32: Int32] = [:]
  private var whole: Set<UInt32> = []

  private struct Place: Hashable {
    let vertex: UInt32
    let type: UInt16
  }

  init(_ table: Timetable, from: Int64, until: Int64) {
    graph = table.graph
    profiles = table.profiles
    places = table.places
    self.from = from
    self.until = until
  }

  private func profile(of number: UInt32) -> Int? {
    let place = places[Int(number)]
    return place < 0 ? nil : Int(place)
  }

  func isOpen(_ number: UInt32) -> Bool {
    let vertex = graph[number]
    guard vertex.flags.isDisjoint(with: .closed) else { return false }
    guard vertex.hasInterior else { return true }
    if whole.contains(number) { return false }
    guard let place = profile(of: number) else { return !vertex.flags.contains(.heldWhole) }
    return profiles[place].isZero(profiles[place].wholeColumn, from: from, until: until)
  }

  func isWhollyFree(_ number: UInt32) -> Bool {
    let vertex = graph[number]
    guard vertex.flags.isDisjoint(with: .closed), holds[number, default: 0] == 0 else { return false }
    guard let place = profile(of: number) else { return vertex.holds == 0 }
    guard vertex.hasInterior else {
      return profiles[place].least(Profile.freeColumn, from: from, until: until) == vertex.size
    }
    return profiles[place].isZero(profiles[place].holdsColumn, from: from, until: until)
  }

  func free(_ number: UInt32) -> Int64 {
    let vertex = graph[number]
    guard vertex.flags.isDisjoint(with: .closed), !vertex.hasInterior else { return 0 }
    let free =
      profile(of: number).map { profiles[$0].least(Profile.freeColumn, from: from, until: until) }
      ?? (vertex.size - vertex.taken)
    return free - taken[Place(vertex: number, type: vertex.type), default: 0]
  }

  func free(beneath number: UInt32, _ type: UInt16) -> Int64 {
    let vertex = graph[number]
    guard vertex.hasInterior else { return 0 }
    let mine = taken[Place(vertex: number, type: type), default: 0]
    guard let place = profile(of: number) else { return graph.free(beneath: vertex, type) - mine }
    guard let column = profiles[place].column(of: type) else { return 0 }
    return profiles[place].least(column, from: from, until: until) - mine
  }

  // MARK: Searching

  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int? {
    let vertex = graph[number]
    guard vertex.hasInterior else { return nil }
    let children = graph.interiors[Int(vertex.interior)].children
    let step = descending ? -1 : 1
    var slot = slot
    while slot >= 0, slot < children.count {
      let child = children[slot]
      if child != Vertex.none, mayHave(child, needs) { return slot }
      slot += step
    }
    return nil
  }

  /// Whether a vertex has what is needed at each single moment.
  private func mayHave(_ number: UInt32, _ needs: [CompiledRequest.Need]) -> Bool {
    let isTouched = !holds.isEmpty && holds[number, default: 0] > 0
    if isTouched, whole.contains(number) { return false }
    guard let place = profile(of: number) else { return mayHaveUnchanged(number, needs, isTouched) }
    return profiles[place].mayHave(needs, from: from, until: until, isTouched: isTouched) { type in
      taken[Place(vertex: number, type: type), default: 0]
    }
  }

  /// Of a vertex of which nothing is known to change.
  private func mayHaveUnchanged(_ number: UInt32, _ needs: [CompiledRequest.Need], _ isTouched: Bool) -> Bool {
    let vertex = graph[number]
    guard !vertex.isBlocked else { return false }
    for need in needs {
      var free: Int64 = 0
      if vertex.hasInterior {
        free = graph.free(beneath: vertex, need.type)
        if need.type == vertex.type, !isTouched { free += graph.ownContribution(of: vertex) }
      } else if need.type == vertex.type {
        free = vertex.size - vertex.taken
      }
      if isTouched { free -= taken[Place(vertex: number, type: need.type), default: 0] }
      if free < need.amount { return false }
    }
    return true
  }

  // MARK: Taking

  mutating func take(_ grant: Grant) { change(grant, by: 1) }
  mutating func untake(_ grant: Grant) { change(grant, by: -1) }

  private mutating func change(_ grant: Grant, by sign: Int64) {
    let number = grant.vertex.rawValue
    let vertex = graph[number]
    var changes = [ResourceGraph.Change(type: vertex.type, amount: grant.amount.thousandths)]
    if vertex.hasInterior {
      // Held whole, it takes all that was free beneath away from what lies above.
      if sign > 0 { whole.insert(number) } else { whole.remove(number) }
      if let interior = graph.interior(of: vertex) {
        for type in interior.types {
          ResourceGraph.add(.init(type: type, amount: free(beneath: number, type)), to: &changes)
        }
      }
    } else {
      taken[Place(vertex: number, type: vertex.type), default: 0] += sign * grant.amount.thousandths
    }
    holds[number, default: 0] += Int32(sign)
    var next = vertex.parent
    while next != Vertex.none {
      holds[next, default: 0] += Int32(sign)
      for change in changes { taken[Place(vertex: next, type: change.type), default: 0] += sign * change.amount }
      next = graph[next].parent
    }
  }
}

extension Profile {
  /// Whether all that is needed is free at each moment of a span.
  ///
  /// - Parameters:
  ///   - isTouched: something of it was taken beside the profile, so that it is not free as itself.
  ///   - mine: how much of a type.
  func mayHave(
    _ needs: [CompiledRequest.Need], from: Int64, until: Int64, isTouched: Bool, _ mine: (UInt16) -> Int64
  ) -> Bool {
    if isClosed { return false }
    let first = step(at: from)
    for need in needs {
      let amount = isTouched ? need.amount + mine(need.type) : need.amount
      let own = need.type == type && !isTouched ? size : 0
      let column = isPool ? (need.type == type ? Self.freeColumn : nil) : column(of: need.type)
      if column == nil, own == 0 { return false }
      var step = first
      repeat {
        var free = column.map { value(step, $0) } ?? 0
        if !isPool {
          if value(step, wholeColumn) != 0 { return false }
          if own != 0, value(step, holdsColumn) == 0 { free += own }
        }
        if free < amount { return false }
        step += 1
      } while step < times.count && times[step] < until
    }
    return true
  }
}

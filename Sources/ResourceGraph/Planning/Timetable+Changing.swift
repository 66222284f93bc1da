import Vocabulary

/// How a span of use is carried up to the root; the same sums as `ResourceGraph.propagate` keeps, over time.
extension Timetable {
  /// What changes above a vertex while a span lasts.
  private struct Piece {
    let from: Int64
    let until: Int64
    var changes: [ResourceGraph.Change]
  }

  /// What the vertices beneath one bring about.
  private struct Pending {
    var pieces: [Piece] = []
    /// Grants more or less.
    var holds: Int64 = 0

    mutating func add(_ change: ResourceGraph.Change, _ from: Int64, _ until: Int64) {
      for index in pieces.indices where pieces[index].from == from && pieces[index].until == until {
        ResourceGraph.add(change, to: &pieces[index].changes)
        return
      }
      pieces.append(Piece(from: from, until: until, changes: [change]))
    }
  }

  /// - Parameter sign: 1 frees, -1 takes.
  mutating func change(_ grants: [Grant], by sign: Int64, from: Int64, until: Int64) {
    var levels: [[UInt32: Pending]] = []
    var parent = Vertex.none
    var pending = Pending()
    for grant in grants {
      let vertex = graph[grant.vertex]
      if vertex.parent != parent {
        settle(pending, at: parent, &levels)
        (parent, pending) = (vertex.parent, Pending())
      }
      for change in changeItself(grant, vertex, by: sign, from, until) { pending.add(change, from, until) }
      pending.holds -= sign
    }
    settle(pending, at: parent, &levels)
    while let level = levels.popLast() {
      for (number, pending) in level {
        guard let above = apply(pending, to: number, from, until) else { continue }
        let parent = graph[number].parent
        if parent != Vertex.none { merge(above, into: &levels[levels.count - 1][parent, default: Pending()]) }
      }
    }
  }

  /// Keeps what is pending at a vertex with those of the same depth.
  private func settle(_ pending: Pending, at number: UInt32, _ levels: inout [[UInt32: Pending]]) {
    guard number != Vertex.none else { return }
    let depth = graph.depth(of: VertexID(number))
    while levels.count < depth { levels.append([:]) }
    merge(pending, into: &levels[depth - 1][number, default: Pending()])
  }

  private func merge(_ more: Pending, into pending: inout Pending) {
    pending.holds += more.holds
    for piece in more.pieces {
      for change in piece.changes { pending.add(change, piece.from, piece.until) }
    }
  }

  /// Takes or frees the granted vertex itself.
  /// - Returns: what the vertex contributes more or less.
  private mutating func changeItself(
    _ grant: Grant, _ vertex: Vertex, by sign: Int64, _ from: Int64, _ until: Int64
  ) -> [ResourceGraph.Change] {
    let place = profile(of: grant.vertex.rawValue)
    let steps = profiles[place].steps(from: from, until: until)
    var changes: [ResourceGraph.Change] = []
    if vertex.hasInterior {
      let profile = profiles[place]
      profiles[place].add(-sign, to: profile.holdsColumn, in: steps)
      profiles[place].add(-sign, to: profile.wholeColumn, in: steps)
      // Nothing else is held beneath what is held whole: all steps have the same sums.
      for (column, type) in profile.types.enumerated() {
        let amount = profile.value(steps.lowerBound, column)
        if amount != 0 { changes.append(ResourceGraph.Change(type: type, amount: sign * amount)) }
      }
      ResourceGraph.add(ResourceGraph.Change(type: vertex.type, amount: sign * vertex.size), to: &changes)
    } else {
      let amount = sign * grant.amount.thousandths
      profiles[place].add(amount, to: Profile.freeColumn, in: steps)
      changes.append(ResourceGraph.Change(type: vertex.type, amount: amount))
    }
    return vertex.flags.isDisjoint(with: .closed) ? changes : []
  }

  /// - Returns: what changes above the vertex; `nil`: nothing.
  private mutating func apply(_ pending: Pending, to number: UInt32, _ from: Int64, _ until: Int64) -> Pending? {
    let vertex = graph[number]
    let place = profile(of: number)
    for piece in pending.pieces {
      let steps = profiles[place].steps(from: piece.from, until: piece.until)
      for change in piece.changes {
        guard let column = profiles[place].column(of: change.type) else {
          preconditionFailure("a type beneath is not summed")
        }
        profiles[place].add(change.amount, to: column, in: steps)
      }
    }
    var above = Pending()
    above.holds = pending.holds
    let isClosed = !vertex.flags.isDisjoint(with: .closed)
    if !isClosed { above.pieces = pending.pieces }
    let isRoot = vertex.parent == Vertex.none
    let steps = profiles[place].steps(from: from, until: until)
    let column = profiles[place].holdsColumn
    var own: Piece?
    for step in steps {
      let before = profiles[place].value(step, column)
      let after = before + pending.holds
      precondition(after >= 0, "no more is freed than is held")
      guard (before == 0) != (after == 0), !isClosed, !isRoot else { continue }
      // As itself it is free only while nothing of it is held.
      let change = ResourceGraph.Change(type: vertex.type, amount: after == 0 ? vertex.size : -vertex.size)
      let start = profiles[place].times[step]
      let end = step + 1 < profiles[place].times.count ? profiles[place].times[step + 1] : .max
      if let last = own, last.until == start {
        own = Piece(from: last.from, until: end, changes: [change])
      } else {
        if let last = own { above.add(change, last.from, last.until) }
        own = Piece(from: start, until: end, changes: [change])
      }
    }
    if let own, let change = own.changes.first { above.add(change, own.from, own.until) }
    profiles[place].add(pending.holds, to: column, in: steps)
    return above
  }

  /// The profile of a vertex, made of what is held now where there is none.
  private mutating func profile(of number: UInt32) -> Int {
    let known = places[Int(number)]
    if known >= 0 { return Int(known) }
    let vertex = graph[number]
    profiles.append(Profile(vertex, graph.interior(of: vertex), from: begin))
    places[Int(number)] = Int32(profiles.count - 1)
    return profiles.count - 1
  }
}

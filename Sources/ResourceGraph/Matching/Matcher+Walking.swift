import Persistent

/// In which order a search comes by the vertices of a type.
extension Matcher {
  /// Looks at the vertices of a type beneath another one that are open and may have what is needed, in the policy's
  /// order, and at nothing within them.
  ///
  /// - Parameter body: returns whether to go on.
  /// - Returns: whether to go on.
  mutating func walk(
    _ vertex: UInt32, for type: UInt16, _ needs: [CompiledRequest.Need], _ body: (inout Matcher, UInt32) -> Bool
  ) -> Bool {
    switch policy.order {
    case .ascending: walkInOrder(vertex, for: type, needs, descending: false, body)
    case .descending: walkInOrder(vertex, for: type, needs, descending: true, body)
    case .tightest: walkTightest(vertex, for: type, needs, body)
    case .performanceClass: walkByClass(vertex, for: type, needs, body)
    }
  }

  private mutating func walkInOrder(
    _ vertex: UInt32, for type: UInt16, _ needs: [CompiledRequest.Need], descending: Bool,
    _ body: (inout Matcher, UInt32) -> Bool
  ) -> Bool {
    var next = descending ? view.graph.slotCount(of: view.graph[vertex]) - 1 : 0
    while let slot = view.child(of: vertex, from: next, descending: descending, having: needs) {
      let child = view.graph.child(of: view.graph[vertex], at: slot)
      next = descending ? slot - 1 : slot + 1
      guard view.isOpen(child), allows(child) else { continue }
      if view.graph[child].type == type {
        if !body(&self, child) { return false }
      } else if !walkInOrder(child, for: type, needs, descending: descending, body) {
        return false
      }
    }
    return true
  }

  /// All vertices of the type are put in order, not level by level: the best may lie anywhere.
  private mutating func walkByClass(
    _ vertex: UInt32, for type: UInt16, _ needs: [CompiledRequest.Need], _ body: (inout Matcher, UInt32) -> Bool
  ) -> Bool {
    guard !view.graph.properties.isEmpty else {
      return walkInOrder(vertex, for: type, needs, descending: false, body)
    }
    var found: [(performanceClass: Int, child: UInt32)] = []
    _ = walkInOrder(vertex, for: type, needs, descending: false) { matcher, child in
      found.append((matcher.view.graph.performanceClass(of: child), child))
      return true
    }
    // Among equals the first; sorting keeps no order by itself.
    let order = found.indices.sorted { (found[$0].performanceClass, $0) < (found[$1].performanceClass, $1) }
    for index in order where !body(&self, found[index].child) { return false }
    return true
  }

  /// Children that `walkTightest` looks for one by one before it puts all others in order at once.
  private static var tightestAtOnce: Int { 4 }

  /// Children with little left first. What is done with one changes nothing about the others.
  private mutating func walkTightest(
    _ vertex: UInt32, for type: UInt16, _ needs: [CompiledRequest.Need], _ body: (inout Matcher, UInt32) -> Bool
  ) -> Bool {
    var last: (room: Int64, slot: Int)?
    for _ in 0..<Self.tightestAtOnce {
      guard let next = view.tightestChild(of: vertex, after: last, having: needs) else { return true }
      if !step(into: view.graph.child(of: view.graph[vertex], at: next.slot), for: type, needs, body) { return false }
      last = next
    }
    var candidates: [(room: Int64, slot: Int, child: UInt32)] = []
    var next = 0
    while let slot = view.child(of: vertex, from: next, descending: false, having: needs) {
      next = slot + 1
      let child = view.graph.child(of: view.graph[vertex], at: slot)
      let room = view.room(child, needs)
      if let last, (room, slot) > last { candidates.append((room, slot, child)) }
    }
    candidates.sort { ($0.room, $0.slot) < ($1.room, $1.slot) }
    for candidate in candidates where !step(into: candidate.child, for: type, needs, body) { return false }
    return true
  }

  private mutating func step(
    into child: UInt32, for type: UInt16, _ needs: [CompiledRequest.Need], _ body: (inout Matcher, UInt32) -> Bool
  ) -> Bool {
    guard view.isOpen(child), allows(child) else { return true }
    return view.graph[child].type == type ? body(&self, child) : walkTightest(child, for: type, needs, body)
  }
}

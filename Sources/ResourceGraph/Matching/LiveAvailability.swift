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
}

extension ResourceGraph {
  /// Finds the next child with enough free, skipping groups of 64, of 4,096, … that have none.
  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int? {
    let vertex = self[number]
    guard vertex.hasInterior else { return nil }
    let interior = interiors[Int(vertex.interior)]
    for need in needs where interior.index(of: need.type) == nil { return nil }
    let step = descending ? -1 : 1
    var slot = slot
    while slot >= 0, slot < interior.children.count {
      if !interior.maxima.isEmpty, let next = skip(interior, slot, descending, needs) {
        slot = next
        continue
      }
      // Its group may have one: every member is looked at before the next group is.
      let group = slot >> Interior.groupBits
      while slot >= 0, slot < interior.children.count, slot >> Interior.groupBits == group {
        let child = interior.children[slot]
        if child != Vertex.none, has(child, needs) { return slot }
        slot += step
      }
    }
    return nil
  }

  /// Past the widest group around a place in which no child has enough; `nil`: its group may have one.
  private func skip(
    _ interior: Interior, _ slot: Int, _ descending: Bool, _ needs: [CompiledRequest.Need]
  ) -> Int? {
    var next: Int?
    for (level, maxima) in interior.maxima.enumerated() {
      let shift = Interior.groupBits * (level + 1)
      let group = slot >> shift
      guard needs.contains(where: { isShort(of: $0, interior, maxima, group) }) else { break }
      next = descending ? (group << shift) - 1 : (group + 1) << shift
    }
    return next
  }

  private func isShort(of need: CompiledRequest.Need, _ interior: Interior, _ maxima: Maxima, _ group: Int) -> Bool {
    interior.index(of: need.type).map { maxima[group, $0] < need.amount } ?? true
  }

  private func has(_ number: UInt32, _ needs: [CompiledRequest.Need]) -> Bool {
    let vertex = self[number]
    if vertex.isBlocked { return false }
    for need in needs where contribution(of: number, need.type) < need.amount { return false }
    return true
  }
}

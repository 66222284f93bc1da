import Persistent

extension ResourceGraph {
  /// Stops the process unless every sum, index and link says what the vertices say; for tests, O(n) and more.
  public func checkInvariants() {
    var live = 0
    for number in 0..<UInt32(vertices.count) {
      let vertex = self[number]
      precondition(vertex.taken >= 0 && vertex.taken <= vertex.size, "vertex \(number): held within its size")
      if vertex.flags.contains(.removed) {
        precondition(vertex.holds == 0, "vertex \(number): nothing is held of what is gone")
        continue
      }
      live += 1
      checkPlace(of: number, vertex)
      if let interior = interior(of: vertex) { check(interior, of: number, vertex) }
    }
    precondition(live == liveCount, "live vertices are counted")
    edges.forEach { edge in
      precondition(
        !self[edge.source].flags.contains(.removed) && !self[edge.target].flags.contains(.removed),
        "edges join what is there")
      return true
    }
    precondition(edges.count == edgesByTarget.count, "every edge is found from both ends")
    hostsByName.forEach { name, number in
      precondition(self.name(of: VertexID(number)) == name && self[number].host == number, "hosts are found by name")
      return true
    }
  }

  private func checkPlace(of number: UInt32, _ vertex: Vertex) {
    guard vertex.parent != Vertex.none else { return }
    let parent = self[vertex.parent]
    precondition(!parent.flags.contains(.removed), "vertex \(number): its parent is there")
    guard let interior = interior(of: parent) else { preconditionFailure("vertex \(number): its parent has children") }
    precondition(interior.children[Int(vertex.slot)] == number, "vertex \(number): its slot is its own")
    let host = rank(of: VertexID(number)) == nil ? parent.host : number
    precondition(vertex.host == host, "vertex \(number): its host is the nearest")
  }

  private func check(_ interior: Interior, of number: UInt32, _ vertex: Vertex) {
    let children = interior.children.filter { $0 != Vertex.none }
    precondition(children.count == interior.liveChildren, "vertex \(number): children are counted")
    let holds = children.reduce(vertex.taken > 0 ? 1 : 0) { $0 + Int(self[$1].holds) }
    precondition(Int(vertex.holds) == holds, "vertex \(number): grants beneath are counted")
    for (index, type) in interior.types.enumerated() {
      let free = children.reduce(0) { $0 + contribution(of: $1, type) }
      precondition(
        interior.free[index] == free, "vertex \(number): free \(names[type]) is \(free), not \(interior.free[index])")
      let total = children.reduce(0) { $0 + self.total(of: $1, type) }
      precondition(interior.total[index] == total, "vertex \(number): \(names[type]) in all")
    }
    var fresh = self
    fresh.rebuildMaxima(of: Int(vertex.interior))
    let rebuilt = fresh.interiors[Int(vertex.interior)].maxima
    precondition(rebuilt.count == interior.maxima.count, "vertex \(number): levels of its search tree")
    for (level, maxima) in rebuilt.enumerated() {
      for group in 0..<maxima.groups {
        for index in interior.types.indices {
          precondition(
            maxima[group, index] == interior.maxima[level][group, index], "vertex \(number): maxima of group \(group)")
        }
      }
    }
  }

  private func total(of number: UInt32, _ type: UInt16) -> Int64 {
    let vertex = self[number]
    var sum = vertex.type == type ? vertex.size : 0
    if let interior = interior(of: vertex), let index = interior.index(of: type) { sum += interior.total[index] }
    return sum
  }
}

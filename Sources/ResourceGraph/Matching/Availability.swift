/// What a search sees of a graph: as it is now, at some time to come, or with nothing held.
protocol Availability {
  var graph: ResourceGraph { get }
  /// Nothing closes the vertex itself, nor holds it whole.
  func isOpen(_ number: UInt32) -> Bool
  /// Nothing of it is held, so that it can be taken with all it holds.
  func isWhollyFree(_ number: UInt32) -> Bool
  /// Thousandths of a pool; zero when it is not open.
  func free(_ number: UInt32) -> Int64
  /// Thousandths of a type beneath a vertex; at least what there is.
  func free(beneath number: UInt32, _ type: UInt16) -> Int64
  /// The first child at or after a place that may have what is needed, or before it when descending.
  func child(of number: UInt32, from slot: Int, descending: Bool, having needs: [CompiledRequest.Need]) -> Int?
  /// Of the children that may have what is needed, the one that has least of the first need; among equals the first.
  ///
  /// - Parameter bound: only children that come later in this order, by what they have and their place.
  func tightestChild(
    of number: UInt32, after bound: (room: Int64, slot: Int)?, having needs: [CompiledRequest.Need]
  ) -> (room: Int64, slot: Int)?
  mutating func take(_ grant: Grant)
  /// Gives back the last one.
  mutating func untake(_ grant: Grant)
}

extension Availability {
  /// For views without an index of their own: looks at every child.
  func tightestChild(
    of number: UInt32, after bound: (room: Int64, slot: Int)?, having needs: [CompiledRequest.Need]
  ) -> (room: Int64, slot: Int)? {
    var best: (room: Int64, slot: Int)?
    var next = 0
    while let slot = child(of: number, from: next, descending: false, having: needs) {
      next = slot + 1
      let room = room(graph.child(of: graph[number], at: slot), needs)
      if let bound, (room, slot) <= bound { continue }
      if best.map({ room < $0.room }) ?? true { best = (room, slot) }
    }
    return best
  }

  /// What a child has of the first need, itself included.
  func room(_ child: UInt32, _ needs: [CompiledRequest.Need]) -> Int64 {
    guard let need = needs.first else { return 0 }
    let vertex = graph[child]
    guard vertex.type == need.type else { return free(beneath: child, need.type) }
    if vertex.hasInterior { return free(beneath: child, need.type) + (isWhollyFree(child) ? vertex.size : 0) }
    return free(child)
  }
}

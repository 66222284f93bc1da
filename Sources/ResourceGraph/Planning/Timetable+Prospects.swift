/// Which moments are worth a search: counted host by host, without taking anything.
extension Timetable {
  /// Moments that are judged at once: a pass over the hosts costs about as much as two searches.
  static let prospectWidth = 64

  /// Whether there may be enough hosts from each moment on; never `false` where a search would find some.
  ///
  /// - Parameter moments: ascending.
  func prospects(_ need: ResourceGraph.HostNeed, at moments: [Int64], for duration: Int64?, on allowed: HostSet?)
    -> [Bool]
  {
    // By how much each moment differs from the one before it.
    var differences = [Int64](repeating: 0, count: moments.count + 1)
    for (rank, number) in hosts where allowed?.contains(rank) ?? true {
      let place = places[Int(number)]
      if place < 0 {
        differences[0] += unchangingCapacity(of: number, need)
      } else {
        profiles[Int(place)].count(need, moments, duration, into: &differences)
      }
    }
    var sum: Int64 = 0
    return moments.indices.map { index in
      sum += differences[index]
      return sum >= need.count
    }
  }

  private func unchangingCapacity(of number: UInt32, _ need: ResourceGraph.HostNeed) -> Int64 {
    let vertex = graph[number]
    guard !vertex.isBlocked else { return 0 }
    var capacity = need.isHost ? 1 : need.count
    for need in need.needs {
      let own = vertex.type == need.type && vertex.holds == 0 ? vertex.size : 0
      capacity = min(capacity, (graph.free(beneath: vertex, need.type) + own) / need.amount)
    }
    return capacity
  }
}

extension Profile {
  /// Adds the units that a host has room for from each moment on.
  fileprivate func count(
    _ need: ResourceGraph.HostNeed, _ moments: [Int64], _ duration: Int64?, into differences: inout [Int64]
  ) {
    if isClosed { return }
    let firstStep = step(at: moments[0])
    var step = times.count - 1
    if let duration {
      let (end, isOver) = moments[moments.count - 1].addingReportingOverflow(duration)
      if !isOver { step = self.step(at: end - 1) }
    }
    // Backwards, so that it is known when too little is free next.
    var shortage = Int64.max
    var end = moments.count
    while step >= firstStep {
      let begin = times[step]
      var low = end
      while low > 0, moments[low - 1] >= begin { low -= 1 }
      let capacity = capacity(step, need)
      if capacity == 0 {
        shortage = begin
      } else if low < end {
        var high = end
        if shortage < .max {
          let latest = duration.map { shortage - $0 } ?? .min
          while high > low, moments[high - 1] > latest { high -= 1 }
        }
        differences[low] += capacity
        differences[high] -= capacity
      }
      end = low
      step -= 1
    }
  }

  /// Units that a host has room for during a step, at most; no more than are needed.
  private func capacity(_ step: Int, _ need: ResourceGraph.HostNeed) -> Int64 {
    guard value(step, wholeColumn) == 0 else { return 0 }
    var capacity = need.isHost ? 1 : need.count
    for need in need.needs {
      var free = column(of: need.type).map { value(step, $0) } ?? 0
      if type == need.type, value(step, holdsColumn) == 0 { free += size }
      if free < need.amount { return 0 }
      if capacity > 1 { capacity = min(capacity, free / need.amount) }
    }
    return capacity
  }
}

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
    let needs = need.needs.map { ColumnNeed(type: $0.type, column: column(of: $0.type), amount: $0.amount) }
    let most = need.isHost ? 1 : need.count
    // By how much each moment differs from the one before it.
    var differences = [Int64](repeating: 0, count: moments.count + 1)
    for (rank, number) in hosts where allowed?.contains(rank) ?? true {
      let place = places[Int(number)]
      if place < 0 {
        differences[0] += unchangingCapacity(of: number, need)
      } else {
        profiles[Int(place)].count(needs, upTo: most, moments, duration, into: &differences)
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

/// A need in the columns of a timetable.
private struct ColumnNeed {
  let type: UInt16
  /// `nil`: there is nothing of the type.
  let column: Int?
  let amount: Int64
}

extension Profile {
  /// Adds the units that a host has room for from each moment on.
  fileprivate func count(
    _ needs: [ColumnNeed], upTo most: Int64, _ moments: [Int64], _ duration: Int64?,
    into differences: inout [Int64]
  ) {
    if isClosed { return }
    let firstStep = step(at: moments[0])
    var end = moments.count
    // Where it is full at all the moments, what comes later does not matter.
    guard (firstStep...step(at: moments[end - 1])).contains(where: { capacity($0, needs, upTo: 1) > 0 }) else {
      return
    }
    var step = stepCount - 1
    if let duration {
      let (last, isOver) = moments[end - 1].addingReportingOverflow(duration)
      if !isOver { step = self.step(at: last - 1) }
    }
    // Backwards, so that it is known when too little is free next.
    var shortage = Int64.max
    while step >= firstStep {
      let begin = time(of: step)
      let capacity = capacity(step, needs, upTo: most)
      // All later moments are behind this step, as most steps are.
      let low = moments[end - 1] < begin ? end : moments.firstIndex(atLeast: begin)
      if capacity == 0 {
        shortage = begin
      } else if low < end {
        let latest = shortage == .max ? shortage : duration.map { shortage - $0 } ?? .min
        let high = latest == .max ? end : min(end, moments.firstIndex(atLeast: latest + 1))
        if low < high {
          differences[low] += capacity
          differences[high] -= capacity
        }
      }
      if low == 0 { return }
      end = low
      step -= 1
    }
  }

  /// Units that a host has room for during a step, at most.
  private func capacity(_ step: Int, _ needs: [ColumnNeed], upTo most: Int64) -> Int64 {
    guard value(step, wholeColumn) == 0 else { return 0 }
    var capacity = most
    for need in needs {
      var free = need.column.map { value(step, $0) } ?? 0
      if type == need.type, value(step, holdsColumn) == 0 { free += size }
      if free < need.amount { return 0 }
      if capacity > 1 { capacity = min(capacity, free / need.amount) }
    }
    return capacity
  }
}

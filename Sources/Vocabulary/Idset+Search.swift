extension Idset {
  /// The greatest id that is at most `limit`; `nil` when all are greater.
  public func last(atMost limit: Int) -> Int? {
    guard limit >= 0 else { return nil }
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if Int(runs[middle].first) <= limit { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : Swift.min(limit, Int(runs[low - 1].last))
  }
}

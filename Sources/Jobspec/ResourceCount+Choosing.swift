import Vocabulary

extension ResourceCount {
  /// The least acceptable count.
  public var minimum: Int64 {
    switch self {
    case .exactly(let count): count
    case .range(let minimum, _, _, _): minimum
    case .set(let set): Int64(set.first ?? 1)
    }
  }

  /// The largest acceptable count; `nil`: as many as there are.
  public var maximum: Int64? {
    switch self {
    case .exactly(let count): count
    case .range(_, let maximum, _, _): maximum.flatMap { acceptable(atMost: $0) }
    case .set(let set): set.last.map(Int64.init)
    }
  }

  /// Whether only one count will do.
  public var isExact: Bool { maximum == minimum }

  /// The largest acceptable count that is at most `limit`; `nil` when even the least is more.
  public func acceptable(atMost limit: Int64) -> Int64? {
    switch self {
    case .exactly(let count): return count <= limit ? count : nil
    case .set(let set): return set.last(atMost: Int(limit)).map(Int64.init)
    case .range(let minimum, let maximum, let step, let operand):
      let limit = min(limit, maximum ?? .max)
      guard limit >= minimum else { return nil }
      if step == .add { return limit - (limit - minimum) % operand }
      var count = minimum
      while let next = step.next(after: count, operand), next <= limit { count = next }
      return count
    }
  }

  /// Whether the case's rules hold, which a damaged record may break.
  var isWellFormed: Bool {
    switch self {
    case .exactly(let count): count >= 1
    case .set(let set): set.first.map { $0 >= 1 } ?? false
    case .range(let minimum, let maximum, let step, let operand):
      minimum >= (step == .power ? 2 : 1) && maximum.map { $0 >= minimum } ?? true
        && operand >= (step == .add ? 1 : 2)
    }
  }
}

extension ResourceCount.Step {
  /// The next count of a range, or `nil` when it is no larger or does not fit in 63 bits.
  fileprivate func next(after count: Int64, _ operand: Int64) -> Int64? {
    let result: (partialValue: Int64, overflow: Bool)
    switch self {
    case .add: result = count.addingReportingOverflow(operand)
    case .multiply: result = count.multipliedReportingOverflow(by: operand)
    case .power: return Self.power(count, operand).flatMap { $0 > count ? $0 : nil }
    }
    return result.overflow || result.partialValue <= count ? nil : result.partialValue
  }

  /// Ends after 63 rounds, because the base is at least 2 or the power is 1.
  private static func power(_ base: Int64, _ exponent: Int64) -> Int64? {
    guard base > 1 else { return base }
    var power: Int64 = 1
    for _ in 0..<exponent {
      let (product, overflow) = power.multipliedReportingOverflow(by: base)
      guard !overflow else { return nil }
      power = product
    }
    return power
  }
}

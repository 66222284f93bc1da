public import Vocabulary

/// After which ends of an attempt a job gets another one, as long as `max_attempts` allows.
public struct RetryPolicy: Hashable, Sendable {
  /// `nil`: only when nobody knows how it ended, which is what `max_attempts` alone means.
  var reasons: [RetryReason]?
  /// From the end of an attempt to the earliest start of the next.
  public internal(set) var backoff = TimeSpan.zero

  public func isFor(_ end: RetryReason) -> Bool {
    guard let reasons else { return end == .lost }
    return reasons.contains { $0.covers(end) }
  }
}

/// How an attempt may have ended.
public enum RetryReason: Hashable, Sendable {
  /// Its shepherd died with it.
  case lost
  /// Its time limit passed.
  case timeout
  case exits(ClosedRange<Int32>)
  case signal(Int32)

  public static func exit(_ code: Int32) -> RetryReason { .exits(code...code) }

  /// `lost`, `timeout`, `exit:3`, `exit:1-3`, `signal:9`.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("lost", 1): self = .lost
    case ("timeout", 1): self = .timeout
    case ("exit", 2):
      let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
      guard ends.count <= 2, let low = ends[0], let high = ends[ends.count - 1], low <= high, 1...255 ~= low,
        high <= 255
      else { return nil }
      self = .exits(low...high)
    case ("signal", 2):
      guard let number = Int32(parts[1]), (1...64).contains(number) else { return nil }
      self = .signal(number)
    default: return nil
    }
  }

  fileprivate func covers(_ end: RetryReason) -> Bool {
    if case .exits(let codes) = self, case .exits(let end) = end { return codes.contains(end.lowerBound) }
    return self == end
  }
}

extension Checker {
  /// `{"on": ["lost", "exit:1-3", "signal:9", "timeout"], "backoff": "10s"}`.
  mutating func retryPolicy(_ value: JSONValue) -> RetryPolicy {
    var policy = RetryPolicy()
    guard let object = object(value) else { return policy }
    for member in object.members {
      switch member.name {
      case "on": policy.reasons = within("on") { $0.retryReasons(member.value) }
      case "backoff": policy.backoff = within("backoff") { $0.runTime(member.value) } ?? .zero
      default: reportUnknown(member.name, allowed: ["on", "backoff"])
      }
    }
    return policy
  }

  private mutating func retryReasons(_ value: JSONValue) -> [RetryReason] {
    guard let elements = array(value) else { return [] }
    guard elements.count <= JobspecLimits.maximumRetryReasons else {
      report("must have at most \(JobspecLimits.maximumRetryReasons) elements")
      return []
    }
    var reasons: [RetryReason] = []
    for (index, element) in elements.enumerated() {
      within(index) { checker in
        guard let text = checker.string(element) else { return }
        if let reason = RetryReason(text) {
          reasons.append(reason)
        } else {
          checker.report("must be lost, timeout, exit:CODE, exit:FIRST-LAST (1 to 255), or signal:NUMBER (1 to 64)")
        }
      }
    }
    return reasons
  }
}

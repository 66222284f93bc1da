public import Vocabulary

/// Hosts on which nothing may run for a time.
public struct HostClosure: Sendable {
  /// `nil`: all.
  public let hosts: HostSet?
  public let from: Timestamp
  /// Exclusive; `nil`: until further notice.
  public let until: Timestamp?

  public init(hosts: HostSet?, from: Timestamp, until: Timestamp?) {
    self.hosts = hosts
    self.from = from
    self.until = until
  }

  /// Whether the closure and a span have a moment in common.
  ///
  /// - Parameter end: exclusive; `nil`: for ever.
  public func overlaps(from start: Timestamp, until end: Timestamp?) -> Bool {
    (end.map { from < $0 } ?? true) && (until.map { start < $0 } ?? true)
  }

  /// The hosts that are open through a span.
  ///
  /// - Parameter hosts: those that may be used anyway; `nil`: all.
  /// - Returns: `nil`: all.
  public static func hosts(
    _ hosts: HostSet?, without closures: [HostClosure], in graph: ResourceGraph, from: Timestamp, until: Timestamp?
  ) -> HostSet? {
    var open = hosts
    for closure in closures where closure.overlaps(from: from, until: until) {
      let all = open ?? HostSet(all: graph)
      open = closure.hosts.map { all.subtracting($0) } ?? HostSet(rankLimit: 0)
    }
    return open
  }

  static func hosts(
    _ hosts: HostSet?, without closures: [HostClosure], in graph: ResourceGraph, from: Int64, until: Int64
  ) -> HostSet? {
    if closures.isEmpty { return hosts }
    return Self.hosts(
      hosts, without: closures, in: graph, from: Timestamp(microseconds: from),
      until: until == .max ? nil : Timestamp(microseconds: until))
  }
}

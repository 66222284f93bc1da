/// How a queue treats jobs that do not fit now.
///
/// The policies differ by how many such jobs are given a reservation: a time and resources, which what starts after
/// them leaves alone. Without any, a job that does not fit holds back all behind it.
/// - Source: flux-sched's queue policies, flux-config-sched-fluxion-qmanager(5).
public struct SchedulingPolicy: Hashable, Sendable {
  /// As it is written down.
  public let text: String
  /// Jobs of the queue, the first that do not fit, whose start nothing behind them may delay; 0: nothing may overtake.
  public let reservations: Int

  init(_ text: String, reservations: Int) {
    self.text = text
    self.reservations = reservations
  }

  /// Reads what `text` gives; `nil`: it is none, or a depth out of bounds.
  public init?(_ text: String) {
    if let policy = [Self.fcfs, .easy, .conservative].first(where: { $0.text == text }) {
      self = policy
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "hybrid", let depth = Int(parts[1]), Self.depths.contains(depth),
      Self.hybrid(depth: depth).text == text
    else { return nil }
    self = .hybrid(depth: depth)
  }
}

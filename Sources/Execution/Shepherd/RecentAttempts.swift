import BrokerCore

/// The attempts that ended and were acknowledged, as far back as a repeated start order could reach.
///
/// Two generations instead of a queue beside a set: when the young one is full the old one is forgotten. So
/// between half a million and a million are remembered, in 16 to 32 MiB at most; a broker repeats an order only
/// until it has made the end durable, which is what the acknowledgement says.
struct RecentAttempts {
  private static let generationCount = 500_000

  private var young: Set<AttemptID> = []
  private var old: Set<AttemptID> = []

  func contains(_ id: AttemptID) -> Bool { young.contains(id) || old.contains(id) }

  mutating func insert(_ id: AttemptID) {
    if young.count >= Self.generationCount {
      old = young
      young = []
    }
    young.insert(id)
  }
}

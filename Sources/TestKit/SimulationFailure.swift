/// A promise that was broken, and how to see it again.
public struct SimulationFailure: Error, CustomStringConvertible {
  public let seed: UInt64
  public let step: Int
  public let message: String

  public var description: String {
    "seed \(seed), step \(step): \(message)\n"
      + "  again: SLUICE_SIM_FIRST=\(seed) SLUICE_SIM_SEEDS=1 swift test --filter Simulation"
  }
}

/// What a run did, for the reader and for comparisons between runs.
public struct SimulationReport: Sendable, Equatable {
  public var seed: UInt64
  public var steps = 0
  public var records: UInt64 = 0
  public var jobs = 0
  public var executions = 0
  /// Jobs that ran on what another one holds.
  public var stepsTaken = 0
  /// Dependencies that came to hold, and jobs that ended because theirs never would.
  public var dependenciesMet = 0
  public var dependenciesFailed = 0
  /// Changes of the graph, and jobs that were told to leave for them.
  public var mutations = 0
  public var evictions = 0
  /// Results of waitable jobs that were given again.
  public var repeatedResults = 0
  public var brokerCrashes = 0
  public var shepherdCrashes = 0
  public var refusedForWantOfSpace = 0
  public var keys = KeyTally()
  /// Of every batch, order and answer.
  public var trace = TraceHash()
}

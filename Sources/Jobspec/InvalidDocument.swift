/// A document that parsed as JSON but is not valid, with everything that is wrong with it.
public struct InvalidDocument: Error, Hashable, Sendable {
  /// Never empty; at most `JobspecLimits.maximumFaults`, in the order in which they were found.
  public let faults: [Fault]

  public init(faults: [Fault]) {
    precondition(!faults.isEmpty, "an invalid document has a fault")
    self.faults = faults
  }
}

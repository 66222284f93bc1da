public import Vocabulary

/// How a state was restored, for the log of the program that did.
public struct RestorationReport: Sendable {
  /// Where the snapshot stood from which it went on; `nil`: the log alone.
  public internal(set) var snapshot: Position?
  public internal(set) var batchesFolded: UInt64 = 0
  public internal(set) var recordsFolded: UInt64 = 0
  /// Their `RecordBody.foldingWork`.
  public internal(set) var workFolded: UInt64 = 0
  public internal(set) var bytesFolded: UInt64 = 0
  /// What was damaged and could be done without. To be shown loudly.
  public internal(set) var warnings: [String] = []

  public init() {}
}

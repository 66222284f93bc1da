/// A place in the log: which run of history, and how many events into it.
///
/// Written `epoch-seq`. The epoch rises when history may have been replaced (restore, failover), so that ids,
/// ETags and cursors of another history are recognised.
public struct Position: Hashable, Comparable, Sendable {
  public let epoch: UInt32
  public let seq: UInt64

  @inlinable public init(epoch: UInt32, seq: UInt64) {
    self.epoch = epoch
    self.seq = seq
  }

  @inlinable public static func < (a: Self, b: Self) -> Bool {
    a.epoch != b.epoch ? a.epoch < b.epoch : a.seq < b.seq
  }

  public var text: String { "\(epoch)-\(seq)" }

  /// Parses `epoch-seq`: two decimal numbers without signs or leading zeros.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let epoch = Self.number(parts[0]), let seq = Self.number(parts[1]),
      let narrow = UInt32(exactly: epoch)
    else { return nil }
    self.init(epoch: narrow, seq: seq)
  }

  private static func number(_ digits: some StringProtocol) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 20, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      digits == "0" || digits.utf8.first != 48
    else { return nil }
    return UInt64(digits)
  }
}

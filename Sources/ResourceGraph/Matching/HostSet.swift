/// Hosts by their ranks, as a constraint allows them.
public struct HostSet: Sendable, Hashable {
  private var bits: [UInt64]
  public private(set) var count = 0

  /// Ranks are below this; a multiple of 64.
  var rankLimit: Int { bits.count * 64 }

  public init(rankLimit: Int) { bits = Array(repeating: 0, count: (rankLimit + 63) / 64) }

  public mutating func insert(_ rank: Int) {
    if contains(rank) { return }
    bits[rank >> 6] |= 1 << UInt64(rank & 63)
    count += 1
  }

  public func contains(_ rank: Int) -> Bool {
    rank >= 0 && rank >> 6 < bits.count && bits[rank >> 6] & (1 << UInt64(rank & 63)) != 0
  }

  /// By ascending rank, or descending.
  public func forEach(descending: Bool = false, _ body: (Int) -> Bool) {
    for step in 0..<bits.count {
      let word = descending ? bits.count - 1 - step : step
      var rest = bits[word]
      while rest != 0 {
        let bit = descending ? 63 - rest.leadingZeroBitCount : rest.trailingZeroBitCount
        if !body(word << 6 | bit) { return }
        rest &= ~(1 << UInt64(bit))
      }
    }
  }
}

/// Random numbers that a seed repeats exactly, on every machine.
///
/// - Source: SplitMix64, Steele, Lea and Flood, OOPSLA 2014.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 up to, not with, `bound`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is something to choose from")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  public mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  /// True in so many of a thousand cases.
  public mutating func chance(_ permille: Int) -> Bool { below(1_000) < permille }

  public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

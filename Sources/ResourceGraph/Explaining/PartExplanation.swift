public import Vocabulary

/// What there is for one part of a request, and what keeps it from being taken.
public struct PartExplanation: Hashable, Sendable {
  /// Where the part stands in the jobspec, as a JSON Pointer: `/resources/0/with/1`.
  public let pointer: String
  /// `slot` for slots, which are counted by what they lie on: hosts, where there are any.
  public let type: String
  /// Siblings of the same kind could serve instead.
  public let isAlternative: Bool
  /// At least, in the whole request: the counts above the part are multiplied in.
  public let needed: Amount
  /// At least, on each host that serves the request; `nil`: it need not lie on one host.
  public let neededPerHost: Amount?
  public let unit: String
  /// Vertices of the type.
  public internal(set) var vertices = 0
  public internal(set) var ruledOut = RuledOut()
  /// What the vertices that remain would give: amounts of pools, a number of anything else.
  public internal(set) var available = Amount.zero
  /// The most that any one host has left that is allowed and open; only where `neededPerHost` is asked for.
  public internal(set) var mostOnOneHost = Amount.zero

  public var remaining: Int { vertices - ruledOut.total }

  /// Needed and not available; zero where what is short is another part.
  public var shortage: Amount { Amount(thousandths: max(0, needed.thousandths - available.thousandths)) }

  init(pointer: String, type: String, isAlternative: Bool, needed: Amount, neededPerHost: Amount?, unit: String) {
    self.pointer = pointer
    self.type = type
    self.isAlternative = isAlternative
    self.needed = needed
    self.neededPerHost = neededPerHost
    self.unit = unit
  }
}

extension JobID {
  /// Bits of the three fields, and the first number past each.
  /// - Source: RFC 19, "Implementation".
  public static let sequenceBits: UInt64 = 10
  public static let generatorBits: UInt64 = 14
  public static let sequenceCount: UInt64 = 1 << sequenceBits
  public static let generatorCount: UInt64 = 1 << generatorBits
  public static let millisecondCount: UInt64 = 1 << 40

  /// - Precondition: each field is within its bits.
  @inlinable
  public init(milliseconds: UInt64, generator: UInt16, sequence: UInt16) {
    precondition(milliseconds < Self.millisecondCount, "40 bits of milliseconds last for 34 years")
    precondition(UInt64(generator) < Self.generatorCount, "a generator has 14 bits")
    precondition(UInt64(sequence) < Self.sequenceCount, "a sequence number has 10 bits")
    self.init(
      milliseconds << (Self.generatorBits + Self.sequenceBits) | UInt64(generator) << Self.sequenceBits
        | UInt64(sequence))
  }

  /// Since the epoch of the instance.
  @inlinable public var milliseconds: UInt64 { rawValue >> (Self.generatorBits + Self.sequenceBits) }

  @inlinable public var generator: UInt16 {
    UInt16(truncatingIfNeeded: rawValue >> Self.sequenceBits & (Self.generatorCount - 1))
  }

  @inlinable public var sequence: UInt16 { UInt16(truncatingIfNeeded: rawValue & (Self.sequenceCount - 1)) }

  /// The id to issue after this one, at `milliseconds` of the clock or later.
  ///
  /// Always greater than this id, so ids never repeat when the clock stands or steps back. A millisecond has 1,024
  /// ids; when they are used up the following millisecond is borrowed instead of waiting for it.
  ///
  /// - Precondition: 40 bits of milliseconds suffice; a clock is checked before it comes here.
  public func next(atLeast milliseconds: UInt64, generator: UInt16) -> JobID {
    if milliseconds > self.milliseconds {
      return JobID(milliseconds: milliseconds, generator: generator, sequence: 0)
    }
    // Another generator starts a fresh millisecond: it may have issued ids in this one.
    guard generator == self.generator else {
      return JobID(milliseconds: self.milliseconds + 1, generator: generator, sequence: 0)
    }
    return advanced(by: 1)
  }

  /// The id that the same generator issues `count` ids later when the clock stands still.
  ///
  /// - Precondition: the result is within 40 bits of milliseconds, and not before zero.
  public func advanced(by count: Int) -> JobID {
    let ordinal = Int64(milliseconds << Self.sequenceBits | UInt64(sequence)) + Int64(count)
    precondition(ordinal >= 0, "there is no id before the epoch")
    return JobID(
      milliseconds: UInt64(ordinal) >> Self.sequenceBits, generator: generator,
      sequence: UInt16(UInt64(ordinal) & (Self.sequenceCount - 1)))
  }
}

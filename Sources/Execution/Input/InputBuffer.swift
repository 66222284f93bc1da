/// What was given to an attempt's tasks as input and has not been taken by all of them.
///
/// A value without descriptors: every reader has a position, and bytes before the least of them are forgotten.
struct InputBuffer {
  /// What waits at most for the slowest reader. More is refused, never dropped, so that whoever gives waits instead
  /// of the shepherd growing: 16 pipes of the kernel's usual size.
  static let limit = 1 << 20

  /// Position of the first byte in `bytes`, counted from the attempt's start.
  private var start: UInt64 = 0
  private var bytes: [UInt8] = []
  /// Next byte of each reader; `nil`: it takes no more.
  private var positions: [UInt64?]
  /// Nothing follows.
  private(set) var isComplete = false

  init(readerCount: Int) { positions = Array(repeating: 0, count: readerCount) }

  /// Where the next byte that is given will stand.
  var end: UInt64 { start + UInt64(bytes.count) }
  var room: Int { Self.limit - bytes.count }
  /// No reader takes anything any more.
  var isAbandoned: Bool { positions.allSatisfy { $0 == nil } }

  /// Takes all of `new`, or nothing.
  ///
  /// - Parameter position: where `new` begins; what of it was taken before is skipped. `nil`: at the end.
  mutating func give(_ new: ArraySlice<UInt8>, at position: UInt64?, isLast: Bool) -> InputOutcome {
    let position = position ?? end
    guard position <= end else { return .gap }
    let known = Int(min(end - position, UInt64(new.count)))
    let fresh = new.dropFirst(known)
    // Also when nobody reads any more: the last piece may be given again because its answer was lost.
    if isComplete { return fresh.isEmpty && isLast ? .taken : .closed }
    if isAbandoned { return .closed }
    guard fresh.count <= room else { return .full }
    bytes.append(contentsOf: fresh)
    isComplete = isLast
    return .taken
  }

  /// What a reader has not got; `nil` for one that takes no more.
  func pending(_ reader: Int) -> ArraySlice<UInt8>? {
    positions[reader].map { bytes[Int($0 - start)...] }
  }

  mutating func advance(_ reader: Int, by count: Int) {
    guard let position = positions[reader] else { return }
    positions[reader] = position + UInt64(count)
    trim()
  }

  /// The reader takes no more.
  mutating func abandon(_ reader: Int) {
    positions[reader] = nil
    trim()
  }

  private mutating func trim() {
    let least = positions.lazy.compactMap(\.self).min() ?? end
    guard least > start else { return }
    bytes.removeFirst(Int(least - start))
    start = least
  }
}

/// What became of bytes that were given.
enum InputOutcome { case taken, full, gap, closed }

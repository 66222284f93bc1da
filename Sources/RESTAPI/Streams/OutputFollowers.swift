import Synchronization

/// How many streams look at files of output.
///
/// Files do not tell that they grew: a stream looks again after a pause, which is short where something comes and
/// long where nothing does, and longer the more streams there are.
final class OutputFollowers: Sendable {
  /// After something came: what follows seems to be there at once.
  static let shortestMilliseconds = 2
  /// After long silence. A job's own events end a pause.
  private static let longestMilliseconds = 200
  /// With every stream: a look takes some 20 microseconds, so that all of them together take a tenth of a core.
  private static let microsecondsPerStream = 200

  private let count = Atomic<Int>(0)

  func begin() { count.add(1, ordering: .relaxed) }
  func end() { count.subtract(1, ordering: .relaxed) }

  /// The pause after one that brought nothing.
  func milliseconds(after last: Int) -> Int {
    let own = count.load(ordering: .relaxed) * Self.microsecondsPerStream / 1_000
    return max(own, min(last * 3 / 2 + 1, Self.longestMilliseconds))
  }
}

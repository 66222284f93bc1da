import Glibc
import Vocabulary

/// What the end of one task means for the others of its attempt.
///
/// A program whose tasks talk to each other waits for ever for one that is gone, so the others are ended: at once
/// after a crash, and else a while after the first one that left in an unexpected way.
/// - Source: `exit-timeout` and `exit-on-error` of Flux's shell. There every first exit starts the time; here one
///   that came in order does not, since programs may let one task do the rest.
struct ExitPolicy {
  enum Verdict: Equatable {
    case goOn
    case end
    /// The others are ended after this long.
    case endLater(TimeSpan)
  }

  /// How one task left.
  struct Exit {
    /// As `waitpid` reports it.
    let status: Int32
    /// It, or another task, spoke PMI, and this one did not say finalize.
    var leftPMI = false
    /// The shepherd itself had sent the signal by which it died, to all tasks alike.
    var wasSignalled = false
  }

  /// `nil`: tasks do not care for each other, unless `endsOnError`.
  let timeout: TimeSpan?
  /// Ends the others at once after any failure.
  let endsOnError: Bool
  /// The time after which the others are ended runs.
  private var isWaiting = false

  init(timeout: TimeSpan?, endsOnError: Bool) {
    self.timeout = timeout
    self.endsOnError = endsOnError
  }

  mutating func take(_ exit: Exit) -> Verdict {
    let isCrash = exit.status & 0x7F != 0 && !exit.wasSignalled
    if endsOnError, exit.status != 0, !exit.wasSignalled { return .end }
    guard let timeout else { return .goOn }
    if isCrash { return .end }
    guard !isWaiting, exit.status != 0 || exit.leftPMI else { return .goOn }
    isWaiting = true
    return .endLater(timeout)
  }
}

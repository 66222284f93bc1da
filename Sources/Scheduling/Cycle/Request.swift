import Jobspec
import ResourceGraph
import Vocabulary

/// What all jobs that ask for the same have in common while a plan is made.
///
/// Within a plan resources only shrink, now and at any time to come. So a request that found nothing once need not
/// be tried again, and the next one like it can be reserved nothing earlier.
struct Request {
  /// What makes requests alike.
  struct Key: Hashable {
    let parts: [RequestPart]
    let constraint: Constraint?
    /// `nil`: for ever.
    let duration: TimeSpan?
    let lane: Int
    /// Maintenance windows that do not hold for the job's owner, bit by bit.
    let exemptions: UInt64
  }

  let key: Key
  let jobspec: Jobspec
  let compiled: CompiledRequest
  /// Of its queue.
  let matchPolicy: MatchPolicy
  /// That its constraint and its queue allow; `nil`: all.
  let hosts: HostSet?
  /// Those that are open if it starts now.
  private(set) var openHosts: HostSet?
  /// Found to fit nothing now.
  var isStuck = false
  /// Found to fit at no time that is known.
  var isHopeless = false
  /// The start of its last reservation.
  var lastStart: Timestamp?
  /// What the first of it that did not fit waited for: counting hosts for each would cost too much.
  var reason: String?
  /// Whether the whole instance could hold it; asked only once it does not fit.
  var isPossible: Bool?

  /// Forgets what one plan found out about it.
  ///
  /// - Parameter open: hosts that are open now; `nil`: no host is ever closed.
  mutating func reopen(_ open: HostSet?) {
    (isStuck, isHopeless, lastStart, reason) = (false, false, nil, nil)
    openHosts = open ?? hosts
  }
}

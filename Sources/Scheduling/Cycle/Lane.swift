import Vocabulary

/// A queue while a plan is made.
struct Lane {
  let rules: QueueRules
  /// The first of its jobs that waits, in the order of the queue.
  var firstWaiting: JobID?
  var reservations = 0
  /// Nothing more of it can start: it is stopped, or its first waiting job holds back the others.
  var isShut: Bool

  init(_ rules: QueueRules) {
    self.rules = rules
    isShut = !rules.isStarted
  }
}

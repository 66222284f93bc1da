import BrokerCore

extension ShepherdLoop {
  func carryOut(_ order: ExecutionOrder) {
    switch order {
    case .start(let start): accept(start, JobAccess())
    case .signal(let id, let signal): self.signal(id, signal)
    case .limit(let id, let timeLimit): limit(id, timeLimit)
    case .terminate(let id, let grace): terminate(id, grace: grace)
    case .acknowledge(let id, let kind): acknowledge(id, kind)
    }
  }

  /// An attempt that was ever seen is not started again.
  func accept(_ order: StartOrder, _ access: JobAccess) {
    guard attempts[order.id] == nil, !recent.contains(order.id), !isRetiring else { return }
    attempts[order.id] = Attempt(order, access)
    waiting.append(order.id)
  }

  private func acknowledge(_ id: AttemptID, _ kind: ReportKind) {
    guard let attempt = attempts[id] else { return }
    switch kind {
    case .started: attempt.isStartAcknowledged = true
    case .ended:
      guard attempt.phase == .ended else { return }
      attempts[id] = nil
      recent.insert(id)
    }
  }
}

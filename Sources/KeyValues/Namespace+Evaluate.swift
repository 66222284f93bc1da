extension Namespace {
  /// Decides a transaction; changes nothing.
  ///
  /// Quotas are judged by the outcome: refused is what ends over a limit *and* above where it began.
  ///
  /// - Parameter revision: what entries bear that the transaction wrote and reads again; by default the next after
  ///   the head's.
  public func evaluate(
    _ transaction: Transaction, revision: UInt64? = nil
  ) throws(TransactionRefusal) -> Verdict {
    try transaction.check()
    var succeeded = true
    for (index, compare) in transaction.compares.enumerated() where succeeded {
      do throws(TransactionFault) {
        succeeded = try holds(compare)
      } catch { throw TransactionRefusal(.compare(index), error.reason) }
    }
    let branch = succeeded ? transaction.then : transaction.otherwise
    var evaluation = BranchEvaluation(branch, in: self, revision: revision ?? self.revision + 1)
    for (index, operation) in branch.enumerated() {
      do throws(TransactionFault) {
        try evaluation.perform(operation, index: index)
      } catch {
        let (index, reason) = evaluation.overlap() ?? (index, error.reason)
        throw TransactionRefusal(succeeded ? .then(index) : .otherwise(index), reason)
      }
    }
    if let (index, reason) = evaluation.fault() {
      throw TransactionRefusal(succeeded ? .then(index) : .otherwise(index), reason)
    }
    return Verdict(succeeded: succeeded, changes: evaluation.changes, outcomes: evaluation.outcomes)
  }

  private func holds(_ compare: Transaction.Compare) throws(TransactionFault) -> Bool {
    let found = try root.resolveInside(compare.key, of: name, followingLast: true).lookup
    let entry: Entry? = if case .entry(let entry) = found { entry } else { nil }
    switch compare {
    case .revision(_, .equal, let revision): return (entry?.revision ?? 0) == revision
    case .revision(_, .less, let revision): return (entry?.revision ?? 0) < revision
    case .revision(_, .greater, let revision): return (entry?.revision ?? 0) > revision
    case .exists(_, let expected): return (found != .absent) == expected
    case .value(_, let bytes): return entry?.value.map { $0 == Value(bytes) } ?? false
    }
  }
}

/// A reason that does not know yet which operation is at fault.
struct TransactionFault: Error {
  let reason: TransactionRefusal.Reason

  init(_ reason: TransactionRefusal.Reason) { self.reason = reason }
}

extension Root {
  /// Follows links, none of which may leave the namespace.
  func resolveInside(
    _ key: Key, of name: NamespaceName, followingLast: Bool
  ) throws(TransactionFault) -> (key: Key, lookup: Lookup) {
    let resolution: Resolution
    do throws(ResolutionError) {
      resolution = try resolve(key, in: name, followingLast: followingLast)
    } catch {
      switch error {
      case .tooManyLinks: throw TransactionFault(.tooManyLinks)
      case .keyTooLong: throw TransactionFault(.keyTooLong)
      }
    }
    switch resolution {
    case .found(let key, let lookup): return (key, lookup)
    case .leaves(let namespace, _): throw TransactionFault(.leavesNamespace(namespace))
    }
  }
}

import KeyValues
import Testing

@Suite struct TransactionPropertyTests {
  private func operation(_ source: inout RandomChanges) -> Transaction.Operation {
    switch source.change() {
    case .put(let key, .symlink(let target, let namespace), _):
      .symlink(key, target: target, namespace: namespace)
    case .put(let key, .directory, _): .makeDirectory(key)
    case .put(let key, let content, let mediaType): .put(key, content, mediaType)
    case .append(let key, let bytes): source.number(0..<3) == 0 ? .get(key) : .append(key, bytes, .json)
    case .delete(let key): source.number(0..<3) == 0 ? .list(key, limit: 5) : .delete(key, recursive: false)
    case .deleteDirectory(let key): .delete(key, recursive: true)
    }
  }

  /// What running the operations one by one gives: the changes and the state, or the first refusal.
  private func oneByOne(
    _ operations: [Transaction.Operation], in namespace: Namespace
  ) -> Result<(verdicts: [Verdict], after: Namespace), TransactionRefusal> {
    var namespace = namespace
    namespace.quota = .unlimited
    var verdicts: [Verdict] = []
    let revision = namespace.revision + 1
    for (index, operation) in operations.enumerated() {
      do throws(TransactionRefusal) {
        let verdict = try namespace.evaluate(Transaction(then: [operation]), revision: revision)
        verdicts.append(verdict)
        // As one commit: a later operation sees entries of the transaction's own revision.
        namespace.fold(verdict.changes, revision: revision, at: moment(0))
        namespace = namespace.copy(
          at: .max, named: namespace.name, quota: .unlimited, revision: revision - 1, at: moment(0))!
      } catch { return .failure(TransactionRefusal(.then(index), error.reason)) }
    }
    return .success((verdicts, namespace))
  }

  @Test("A transaction does what its operations do one by one, within the quota or not at all", arguments: 0..<8)
  func sequential(round: Int) {
    let seed = UInt64.random(in: .min ... .max)
    var source = RandomChanges(seed: seed)
    let note: Comment = "seed \(seed)"
    var namespace = makeNamespace(
      quota: NamespaceQuota(maximumKeys: 14, maximumBytes: 4_000, maximumWatchers: 1))
    var (done, refused, overQuota) = (0, 0, 0)
    for _ in 0..<400 {
      let operations = (0...source.number(0..<5)).map { _ in operation(&source) }
      let before = namespace.root.totals
      let result = Result { () throws(TransactionRefusal) in try namespace.evaluate(Transaction(then: operations)) }
      let expected = oneByOne(operations, in: namespace)
      switch (result, expected) {
      case (.success(let verdict), .success(let steps)):
        #expect(verdict.changes == steps.verdicts.flatMap(\.changes), note)
        #expect(verdict.outcomes == steps.verdicts.flatMap(\.outcomes), note)
        let after = steps.after.root.totals
        #expect(after.entries <= max(14, before.entries) && after.bytes <= max(4_000, before.bytes), note)
        namespace.fold(verdict.changes, revision: namespace.revision + 1, at: moment(0))
        let entries = namespace.root.entries(under: .root, limit: .max)
        #expect(entries == steps.after.root.entries(under: .root, limit: .max), note)
        done += 1
      case (.failure(let refusal), .success(let steps)):
        let after = steps.after.root.totals
        switch refusal.reason {
        case .tooManyKeys: #expect(after.entries > 14 && after.entries > before.entries, note)
        case .tooManyBytes: #expect(after.bytes > 4_000 && after.bytes > before.bytes, note)
        case .writtenTwice: #expect(operations.count > 1, note)
        default: Issue.record("\(refusal) although each operation is possible, \(note)")
        }
        overQuota += 1
      case (.failure(let refusal), .failure(let first)):
        if case .writtenTwice = refusal.reason { continue }
        #expect(refusal == first, note)
        refused += 1
      case (.success, .failure(let first)): Issue.record("\(first) went unnoticed, \(note)")
      }
    }
    #expect(done > 50 && refused > 5 && overQuota > 5, "\(done) \(refused) \(overQuota), seed \(seed)")
  }
}

@testable import KeyValues
import Testing
import Vocabulary

@Suite struct TreePropertyTests {
  /// A namespace next to what it should be, all of whose history is kept.
  private struct Pair {
    var namespace = makeNamespace()
    var states: [(revision: UInt64, store: ReferenceStore)] = [(1, ReferenceStore())]

    var store: ReferenceStore { states[states.count - 1].store }

    mutating func commit(_ changes: [Change]) {
      let revision = namespace.revision + UInt64(1 + changes.count % 3)
      var next = store
      for change in changes { next.apply(change, revision: revision) }
      namespace.fold(changes, revision: revision, at: moment(Int64(revision)))
      states.append((revision, next))
    }

    /// The states that can be read.
    var retained: [(revision: UInt64, store: ReferenceStore)] {
      states.filter { $0.revision >= namespace.oldestRevision }
    }
  }

  private func expectSame(_ root: Root, _ store: ReferenceStore, _ note: Comment) {
    #expect(root.entries(under: .root, limit: .max) == Page(items: store.sorted, isLast: true), note)
    #expect(root.totals == store.totals, note)
  }

  /// The digest of a tree made entry by entry from nothing.
  private func rebuilt(_ entries: [KeyedEntry]) -> Digest {
    var edit = TreeEdit(Node(label: .empty))
    for item in entries { edit.set(item.entry, at: item.key.bytes) }
    let root = Root(edit.node)
    root.checkInvariants()
    return root.digest(using: testDigest)
  }

  @Test("A namespace agrees with a plain dictionary under random commits, at every revision", arguments: 0..<8)
  func agrees(round: Int) throws {
    let seed = UInt64.random(in: .min ... .max)
    var source = RandomChanges(seed: seed)
    let note: Comment = "seed \(seed)"
    var pair = Pair()
    for step in 0..<120 {
      pair.commit((0..<source.number(0..<5)).map { _ in source.change() })
      if step % 3 != 0 { pair.namespace.seal(using: testDigest) }
      pair.namespace.root.checkInvariants(using: step % 10 == 0 ? testDigest : nil)
      expectSame(pair.namespace.root, pair.store, note)
      try checkReads(pair.namespace.root, pair.store, &source, note)
      if step % 40 == 39 { pair.namespace.compact(before: pair.states[pair.states.count / 2].revision) }
      if step % 30 == 29 { try checkPast(pair, &source, note) }
    }
    try checkCopiesAndSnapshots(&pair, &source, note)
  }

  @Test("The deepest tree that keys allow is walked, digested, compared, stored and removed")
  func deepest() throws {
    var namespace = makeNamespace()
    let keys = (1...KeyValueLimits.keyBytes).map { try! Key(String(repeating: "k", count: $0)) }
    for key in keys.shuffled() { namespace.commit(.put(key, bytes("x"), .json)) }
    let digest = namespace.seal(using: testDigest)
    namespace.root.checkInvariants()
    #expect(namespace.root.entries(under: .root, limit: .max).items.map(\.key) == keys)
    #expect(Root().changes(to: namespace.root).items.map(\.key) == keys)
    let deepest = keys[keys.count - 1]
    let proof = try #require(namespace.root.proof(of: deepest, using: testDigest))
    let entry = try #require(namespace.root.entry(at: deepest)).digest(using: testDigest)
    #expect(proof.steps.count == KeyValueLimits.keyBytes + 1)
    #expect(Proof.verify(proof, key: deepest, entry: entry, root: digest, using: testDigest))
    namespace.compact(before: .max)
    #expect(try restored(snapshot(of: namespace)).root.digest(using: testDigest) == digest)
    namespace.commit(.deleteDirectory(.root))
    namespace.compact(before: .max)
    #expect(namespace.root.totals == Totals())
  }

  private func checkReads(
    _ root: Root, _ store: ReferenceStore, _ source: inout RandomChanges, _ note: Comment
  ) throws {
    for _ in 0..<4 {
      let key = source.number(0..<10) == 0 ? .root : source.key()
      #expect(root.lookup(key) == store.lookup(key), note)
      #expect(root.entry(at: key) == store.entries[key], note)
      let children = store.children(of: key)
      #expect(root.children(of: key, limit: .max) == Page(items: children, isLast: true), note)
      if let start = children.indices.randomElement(using: &source.random) {
        let limit = source.number(1..<4)
        let page = root.children(of: key, after: children[start].name, limit: limit)
        let rest = children[(start + 1)...]
        #expect(page == Page(items: Array(rest.prefix(limit)), isLast: rest.count <= limit), note)
      }
      let (after, limit) = (source.key(), source.number(1..<4))
      let below = store.sorted.filter { key.isAncestor(of: $0.key) && $0.key > after }
      let page = root.entries(under: key, after: after, limit: limit)
      #expect(page == Page(items: Array(below.prefix(limit)), isLast: below.count <= limit), note)
    }
  }

  private func checkPast(_ pair: Pair, _ source: inout RandomChanges, _ note: Comment) throws {
    let retained = pair.retained
    #expect(retained.count == pair.namespace.retainedRevisions, note)
    #expect(pair.namespace.root(at: pair.namespace.oldestRevision - 1) == nil, note)
    for (revision, store) in retained {
      let root = try #require(pair.namespace.root(at: revision))
      expectSame(root, store, note)
    }
    for _ in 0..<10 {
      let from = retained.randomElement(using: &source.random)!
      let to = retained.randomElement(using: &source.random)!
      let scope = source.scope()
      let roots = (pair.namespace.root(at: from.revision)!, pair.namespace.root(at: to.revision)!)
      let expected = from.store.differences(to: to.store, under: scope)
      let found = roots.0.changes(to: roots.1, under: scope)
      #expect(found.isLast && same(found.items, expected), note)
      let (after, limit) = (source.key(), source.number(1..<4))
      let rest = expected.filter { $0.key > after }
      let page = roots.0.changes(to: roots.1, under: scope, after: after, limit: limit)
      #expect(page.isLast == (rest.count <= limit) && same(page.items, Array(rest.prefix(limit))), note)
      checkCommits(pair, from.revision, scope, source.number(1..<9), note)
    }
  }

  private func same(_ found: [EntryChange], _ expected: [(key: Key, old: Entry?, new: Entry?)]) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { found, expected in
        guard found.key == expected.key, found.old == expected.old, found.new == expected.new else { return false }
        switch found.kind {
        case .delete: return found.new == nil
        case .put: return found.new != nil
        case .append(let from):
          return found.new!.value!.bytes == found.old!.value!.bytes + found.new!.value!.bytes(from: from)
        }
      }
  }

  /// Reads all commits after `revision` in pages and compares each with the dictionaries before and after it.
  private func checkCommits(_ pair: Pair, _ revision: UInt64, _ scope: Scope, _ limit: Int, _ note: Comment) {
    var found: [Commit] = []
    var position = revision
    while true {
      guard let page = try? pair.namespace.commits(after: position, under: scope, limit: limit) else {
        Issue.record("a retained revision can be read: \(note)")
        return
      }
      #expect(page.commits.count <= limit, note)
      found += page.commits
      position = page.through
      if page.isLast { break }
    }
    #expect(position == max(revision, pair.namespace.revision), note)
    var expected: [(UInt64, [(key: Key, old: Entry?, new: Entry?)])] = []
    for (before, after) in zip(pair.states, pair.states.dropFirst()) where after.revision > revision {
      let differences = before.store.differences(to: after.store, under: scope)
      if !differences.isEmpty { expected.append((after.revision, differences)) }
    }
    #expect(found.map(\.revision) == expected.map(\.0), note)
    for (commit, wanted) in zip(found, expected) {
      #expect(commit.isWhole && same(commit.changes, wanted.1), note)
    }
  }

  private func checkCopiesAndSnapshots(_ pair: inout Pair, _ source: inout RandomChanges, _ note: Comment) throws {
    let digest = pair.namespace.seal(using: testDigest)
    #expect(digest == pair.namespace.root.digest(using: testDigest), note)
    #expect(digest == rebuilt(pair.store.sorted), note)
    #expect(digest == rebuilt(pair.store.sorted.shuffled(using: &source.random)), note)
    let past = pair.retained.randomElement(using: &source.random)!
    let name = NamespaceName("copy")!
    var copy = try #require(
      pair.namespace.copy(at: past.revision, named: name, quota: .unlimited, revision: 9_000, at: moment(9_000)))
    expectSame(copy.root, past.store, note)
    var store = past.store
    for revision in UInt64(9_001)...9_030 {
      let change = source.change()
      store.apply(change, revision: revision)
      copy.fold([change], revision: revision, at: moment(9_000))
    }
    copy.seal(using: testDigest)
    copy.root.checkInvariants(using: testDigest)
    expectSame(copy.root, store, note)
    #expect(pair.namespace.root(at: past.revision).map { $0.totals } == past.store.totals, note)
    expectSame(pair.namespace.root, pair.store, note)

    var back = try restored(snapshot(of: pair.namespace))
    #expect(back.seal(using: testDigest) == digest, note)
    #expect(back.supersededBytes == pair.namespace.supersededBytes, note)
    for (revision, store) in pair.retained { expectSame(try #require(back.root(at: revision)), store, note) }
    #expect(back.retainedRevisions == pair.retained.count, note)
    back.root.checkInvariants(using: testDigest)
  }
}

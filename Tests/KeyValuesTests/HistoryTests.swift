import KeyValues
import Testing
import Vocabulary

@Suite struct HistoryTests {
  private func retention(
    revisions: Int = .max, seconds: Int64 = 1 << 40, bytes: Int = .max, minimum: Int = 0
  ) -> HistoryRetention {
    HistoryRetention(
      maximumRevisions: revisions, maximumAge: .seconds(seconds), maximumSupersededBytes: bytes,
      minimumRevisions: minimum)
  }

  @Test("Past revisions read as they were, and a revision between commits reads the one before")
  func reading() {
    var namespace = makeNamespace()
    namespace.fold([.put(key("a"), bytes("1"), .json)], revision: 10, at: moment(10))
    namespace.fold([.put(key("a"), bytes("2"), .json)], revision: 20, at: moment(20))
    func text(_ revision: UInt64) -> String? {
      namespace.root(at: revision)?.entry(at: key("a"))?.value.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    #expect(namespace.root(at: 0) == nil)
    #expect(text(9) == nil && namespace.root(at: 9)?.totals == Totals())
    #expect(text(10) == "1" && text(19) == "1" && text(20) == "2" && text(.max) == "2")
  }

  @Test("History keeps as many revisions as asked")
  func revisions() {
    var namespace = makeNamespace(retention: retention(revisions: 5))
    for index in 0..<20 { namespace.put("a", "\(index)") }
    #expect(namespace.retainedRevisions == 5 && namespace.oldestRevision == 17)
  }

  @Test("A revision goes when the one after it is too old, and the head never does")
  func age() {
    var namespace = makeNamespace(retention: retention(seconds: 10))
    namespace.fold([.put(key("a"), bytes("1"), .json)], revision: 2, at: moment(5))
    namespace.fold([.put(key("a"), bytes("2"), .json)], revision: 3, at: moment(15))
    #expect(namespace.oldestRevision == 1, "at second 5 revision 1 still read")
    namespace.fold([.put(key("a"), bytes("3"), .json)], revision: 4, at: moment(16))
    #expect(namespace.oldestRevision == 2)
    namespace.fold([], revision: 5, at: moment(10_000))
    #expect(namespace.oldestRevision == 4 && namespace.text("a") == "3", "the state before is ten seconds old")
  }

  @Test("Superseded bytes bound history, but the last revisions stay")
  func bytesBound() {
    var namespace = makeNamespace(retention: retention(bytes: 100_000, minimum: 4))
    let value = Value(Array(repeating: 7, count: 10_000))
    for _ in 0..<50 { namespace.commit(.put(key("a"), .bytes(value), .json)) }
    #expect((5...11).contains(namespace.retainedRevisions) && namespace.supersededBytes <= 100_000)
    let large = Value(Array(repeating: 7, count: 1 << 20))
    for _ in 0..<9 { namespace.commit(.put(key("a"), .bytes(large), .json)) }
    #expect(namespace.retainedRevisions == 4 && namespace.supersededBytes > 3 << 20)
  }

  @Test("Ten thousand versions of one key leave what the limits allow")
  func manyVersions() {
    var namespace = makeNamespace(retention: retention(revisions: 100))
    for index in 0..<10_000 {
      namespace.commit(.put(key("a"), .bytes(Value(Array(repeating: UInt8(index & 255), count: 100))), .json))
    }
    #expect(namespace.retainedRevisions == 100 && namespace.supersededBytes < 100 * 1_000)
  }

  @Test("An append supersedes its last block only, a removed directory all that was in it")
  func supersededBytes() {
    var namespace = makeNamespace()
    namespace.commit(.put(key("log"), .bytes(Value(Array(repeating: 1, count: 1_000_000))), .json))
    let before = namespace.supersededBytes
    namespace.commit(.append(key("log"), [1, 2, 3]))
    #expect(namespace.supersededBytes - before < KeyValueLimits.blockBytes + 2_000)
    for index in 0..<100 { namespace.commit(.put(key("d.k\(index)"), bytes("x"), .json)) }
    let middle = namespace.supersededBytes
    namespace.commit(.deleteDirectory(key("d")))
    #expect(namespace.supersededBytes - middle > 100 * 50)
  }

  @Test("Compaction keeps the state that the revision reads, and says what is the oldest")
  func compaction() {
    var namespace = makeNamespace()
    for index in 0..<10 { namespace.put("a", "\(index)") }
    namespace.compact(before: 5)
    #expect(namespace.oldestRevision == 5 && namespace.retainedRevisions == 7)
    #expect(throws: Compacted(oldest: 5)) { try namespace.commits(after: 4, under: .everything, limit: 10) }
    #expect(throws: Never.self) { try namespace.commits(after: 5, under: .everything, limit: 10) }
    namespace.compact(before: 3)
    #expect(namespace.oldestRevision == 5)
    namespace.compact(before: 100)
    #expect(namespace.retainedRevisions == 1 && namespace.supersededBytes == 0 && namespace.text("a") == "9")
  }

  @Test("Commits out of scope are passed over, and the page says how far it looked")
  func pages() throws {
    var namespace = makeNamespace()
    for index in 0..<10 { namespace.put(index % 5 == 4 ? "w.x" : "other", "\(index)") }
    let first = try namespace.commits(after: 1, under: .directory(key("w")), limit: 4)
    #expect(first.commits.isEmpty && first.through == 5 && !first.isLast)
    let second = try namespace.commits(after: first.through, under: .directory(key("w")), limit: 100)
    #expect(second.commits.map(\.revision) == [6, 11] && second.through == 11 && second.isLast)
    let none = try namespace.commits(after: 11, under: .everything, limit: 1)
    #expect(none.commits.isEmpty && none.through == 11 && none.isLast)
  }

  @Test("A watcher sees appends as such and the replacement of a parent as deletes")
  func kinds() throws {
    var namespace = makeNamespace()
    namespace.put("a.b", "1")
    namespace.commit(.append(key("a.b"), Array("23".utf8)))
    namespace.commit(.append(key("a.b"), Array("4".utf8)))
    namespace.put("a.c", "x")
    namespace.put("a", "gone")
    let all = try namespace.commits(after: 1, under: .directory(key("a")), limit: 100).commits
    #expect(
      all.map { $0.changes.map(\.kind) } == [
        [.put], [.append(from: 1)], [.append(from: 3)], [.put], [.put, .delete, .delete],
      ])
    #expect(all[4].changes.map(\.key.text) == ["a", "a.b", "a.c"])
    let below = try namespace.commits(after: 1, under: .key(key("a.b")), limit: 100).commits
    #expect(below.map { $0.changes.map(\.kind) } == [[.put], [.append(from: 1)], [.append(from: 3)], [.delete]])
    let over = namespace.root(at: 2)!.changes(to: namespace.root(at: 4)!)
    #expect(over.items.map(\.kind) == [.append(from: 1)], "two appends are one over both commits")
    let part = try namespace.commits(after: 5, under: .everything, limit: 9, changeLimit: 2).commits
    #expect(part.count == 1 && !part[0].isWhole && part[0].changes.count == 2)
    let rest = part[0].before.changes(to: part[0].after, after: part[0].changes[1].key)
    #expect(rest.isLast && rest.items.map(\.key.text) == ["a.c"])
  }

  @Test("A value that was replaced in between is no append")
  func noAppend() {
    var namespace = makeNamespace()
    namespace.put("a", "111")
    namespace.put("a", "222")
    namespace.commit(.append(key("a"), Array("3".utf8)))
    #expect(namespace.root(at: 2)!.changes(to: namespace.root).items.map(\.kind) == [.put])
    #expect(namespace.root(at: 3)!.changes(to: namespace.root).items.map(\.kind) == [.append(from: 3)])
  }

  @Test("Blobs are found wherever they are referred to")
  func blobs() {
    var namespace = makeNamespace()
    for index in 0..<50 { namespace.put("plain.k\(index)", "x") }
    let digests = (1...3).map { Digest(UInt64($0), 0, 0, 0) }
    for (index, digest) in digests.enumerated() {
      namespace.commit(.put(key("b\(index).x"), .blob(digest, size: 5), .json))
    }
    var found: [Digest] = []
    namespace.root.visitBlobs { found.append($0) }
    #expect(found == digests && namespace.root.totals.blobs == 3)
    namespace.commit(.deleteDirectory(key("b1")))
    found = []
    namespace.root.visitBlobs { found.append($0) }
    #expect(found == [digests[0], digests[2]])
  }
}

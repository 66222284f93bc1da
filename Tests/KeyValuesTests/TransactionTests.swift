import KeyValues
import Testing
import Vocabulary

@Suite struct TransactionTests {
  typealias Operation = Transaction.Operation

  private func put(_ name: String, _ text: String = "v") -> Operation { .put(key(name), bytes(text), .octetStream) }

  private func refusal(_ namespace: Namespace, _ transaction: Transaction) -> TransactionRefusal? {
    do {
      _ = try namespace.evaluate(transaction)
      return nil
    } catch { return error }
  }

  private func refusal(_ namespace: Namespace, _ operations: Operation...) -> TransactionRefusal? {
    refusal(namespace, Transaction(then: operations))
  }

  /// Evaluates and folds.
  @discardableResult
  private func run(_ namespace: inout Namespace, _ operations: Operation...) throws -> Verdict {
    let verdict = try namespace.evaluate(Transaction(then: operations))
    namespace.fold(verdict.changes, revision: namespace.revision + 1, at: moment(1))
    return verdict
  }

  // MARK: Comparisons

  @Test("The branch is chosen by all comparisons together")
  func branches() throws {
    var namespace = makeNamespace()
    namespace.put("a", "1")
    namespace.put("d.x", "2")
    let revision = namespace.root.entry(at: key("a"))!.revision
    let table: [([Transaction.Compare], Bool)] = [
      ([], true),
      ([.revision(key("a"), .equal, revision)], true),
      ([.revision(key("a"), .equal, revision + 1)], false),
      ([.revision(key("a"), .less, revision + 1), .revision(key("a"), .greater, revision - 1)], true),
      ([.revision(key("a"), .less, revision)], false),
      ([.revision(key("a"), .greater, revision)], false),
      ([.revision(key("none"), .equal, 0), .revision(key("d"), .equal, 0)], true),
      ([.exists(key("a"), true), .exists(key("d"), true), .exists(key("none"), false)], true),
      ([.exists(key("a"), true), .exists(key("d"), false)], false),
      ([.exists(key("a.b"), false)], true),
      ([.value(key("a"), Array("1".utf8))], true),
      ([.value(key("a"), [])], false),
      ([.value(key("none"), [])], false),
      ([.value(key("d"), [])], false),
    ]
    for (compares, expected) in table {
      let verdict = try namespace.evaluate(
        Transaction(compares: compares, then: [put("t")], otherwise: [put("e"), .get(key("a"))]))
      #expect(verdict.succeeded == expected, "\(compares)")
      #expect(verdict.changes.map(\.key.text) == [expected ? "t" : "e"], "\(compares)")
      #expect(verdict.outcomes.count == (expected ? 1 : 2))
    }
  }

  @Test("Comparisons see the state before, operations what the ones before them did")
  func order() throws {
    var namespace = makeNamespace()
    namespace.put("a", "old")
    let verdict = try namespace.evaluate(
      Transaction(
        compares: [.value(key("a"), Array("old".utf8))],
        then: [.get(key("a")), put("a", "new"), .get(key("a")), put("b.c"), .list(.root, limit: 10), .get(key("b"))]),
      revision: 77)
    #expect(verdict.succeeded)
    guard case .got(_, .entry(let before)) = verdict.outcomes[0], case .got(_, .entry(let after)) = verdict.outcomes[2],
      case .listed(_, let page) = verdict.outcomes[4], case .got(_, .directory(let totals)) = verdict.outcomes[5]
    else {
      Issue.record("unexpected outcomes \(verdict.outcomes)")
      return
    }
    #expect(before.revision == namespace.revision && before.value?.bytes == Array("old".utf8))
    #expect(after.revision == 77 && after.value?.bytes == Array("new".utf8))
    #expect(page.isLast && page.items.map(\.key.text) == ["a", "b.c"])
    #expect(totals == Totals(entries: 1, bytes: 4))
    #expect(namespace.text("a") == "old", "nothing is changed before the fold")
  }

  // MARK: Shape

  @Test("Transactions of no or too many operations, and over 4 MiB, are refused")
  func limits() {
    let namespace = makeNamespace()
    #expect(refusal(namespace) == TransactionRefusal(.transaction, .noOperations))
    let many = (0..<65).map { put("k\($0)") }
    #expect(
      refusal(namespace, Transaction(then: many, otherwise: Array(many.dropLast())))
        == TransactionRefusal(.transaction, .tooManyOperations(129)))
    #expect(refusal(namespace, Transaction(then: many, otherwise: Array(many.dropLast(2)))) == nil)
    let compares = (0..<129).map { Transaction.Compare.exists(key("k\($0)"), true) }
    #expect(
      refusal(namespace, Transaction(compares: compares, then: [put("a")]))
        == TransactionRefusal(.transaction, .tooManyOperations(129)))
    let large = Operation.put(key("a"), .bytes(Value(Array(repeating: 1, count: 1 << 20))), .octetStream)
    let others = ["b", "c", "d"].map {
      Operation.put(key($0), .bytes(Value(Array(repeating: 1, count: 1 << 20))), .octetStream)
    }
    #expect(
      refusal(namespace, Transaction(then: [large] + others))
        == TransactionRefusal(.transaction, .tooLarge(bytes: 4 << 20 | 4)))
    #expect(refusal(namespace, Transaction(then: others)) == nil)
  }

  @Test("A branch writes no key twice, nor one inside the other")
  func writtenTwice() {
    let namespace = makeNamespace()
    #expect(refusal(namespace, put("a"), put("b"), put("a")) == TransactionRefusal(.then(2), .writtenTwice(with: 0)))
    #expect(
      refusal(namespace, put("a.b"), put("a!"), .delete(key("a"), recursive: true))
        == TransactionRefusal(.then(2), .writtenTwice(with: 0)))
    #expect(
      refusal(namespace, Transaction(then: [put("x")], otherwise: [put("a"), put("a.b.c")]))
        == TransactionRefusal(.otherwise(1), .writtenTwice(with: 0)))
    #expect(refusal(namespace, put("a"), put("ab"), put("a!"), .get(key("a")), .get(key("a"))) == nil)
    #expect(refusal(namespace, Transaction(then: [put("a")], otherwise: [put("a")])) == nil)
  }

  @Test("What cannot be written is refused with its operation")
  func refusedOperations() throws {
    var namespace = makeNamespace()
    try run(&namespace, put("a.b"), .put(key("blob"), .blob(Digest(1, 2, 3, 4), size: 9), .json), put("v", "12"))
    let tooLarge = EntryContent.bytes(Value(Array(repeating: 0, count: 1 << 20 | 1)))
    let full = Array(repeating: UInt8(0), count: 1 << 20 - 1)
    let table: [(Operation, TransactionRefusal.Reason)] = [
      (.put(.root, bytes("v"), .json), .rootNotWritable),
      (.symlink(.root, target: key("a"), namespace: nil), .rootNotWritable),
      (.delete(.root, recursive: false), .rootNotWritable),
      (.put(key("x"), .directory, .json), .contentNotPuttable),
      (.put(key("x"), .symlink(target: key("a"), namespace: nil), .json), .contentNotPuttable),
      (.put(key("x"), tooLarge, .json), .valueTooLarge(bytes: 1 << 20 | 1)),
      (.append(key("v"), full, .json), .valueTooLarge(bytes: 1 << 20 | 1)),
      (.put(key("x"), bytes("v"), MediaType(String(repeating: "m", count: 513))), .mediaTypeTooLong(bytes: 513)),
      (.append(key("a"), [1], .json), .notAppendable),
      (.append(key("blob"), [1], .json), .notAppendable),
      (.append(.root, [1], .json), .notAppendable),
      (.delete(key("a"), recursive: false), .directoryNotEmpty),
    ]
    for (operation, reason) in table {
      #expect(refusal(namespace, .get(key("v")), operation) == TransactionRefusal(.then(1), reason), "\(operation)")
    }
    #expect(refusal(namespace, .put(key("x"), .bytes(Value(Array(repeating: 0, count: 1 << 20))), .json)) == nil)
  }

  // MARK: Semantics

  @Test("Putting replaces the directory at a key and a value above it")
  func replacing() throws {
    var namespace = makeNamespace()
    try run(&namespace, put("a.b.c"), put("a.d"), put("ab"))
    try run(&namespace, put("a.b"))
    #expect(namespace.keys == ["a.b", "a.d", "ab"])
    try run(&namespace, put("a.d.e"))
    #expect(namespace.keys == ["a.b", "a.d.e", "ab"])
    try run(&namespace, put("a"))
    #expect(namespace.keys == ["a", "ab"])
  }

  @Test("Deleting what is absent changes nothing; the last key takes its directory along")
  func deleting() throws {
    var namespace = makeNamespace()
    try run(&namespace, put("a.b.c"), put("a.b.d"), put("e"))
    let absent = try namespace.evaluate(
      Transaction(then: [.delete(key("x"), recursive: true), .delete(key("e.f"), recursive: false)]))
    #expect(absent.changes.isEmpty)
    #expect(absent.outcomes == [.deleted(key: key("x"), entries: 0), .deleted(key: key("e.f"), entries: 0)])
    let all = try run(&namespace, .delete(key("a"), recursive: true))
    #expect(all.outcomes == [.deleted(key: key("a"), entries: 2)])
    #expect(namespace.keys == ["e"] && namespace.root.lookup(key("a")) == .absent)
    try run(&namespace, .delete(.root, recursive: true))
    #expect(namespace.keys.isEmpty && namespace.root.totals == Totals())
    #expect(try namespace.evaluate(Transaction(then: [.delete(.root, recursive: true)])).changes.isEmpty)
  }

  @Test("An explicit directory gives way to what is put below it, and is made once")
  func directories() throws {
    var namespace = makeNamespace()
    try run(&namespace, .makeDirectory(key("a")))
    #expect(namespace.root.entry(at: key("a"))?.content == .directory)
    #expect(try namespace.evaluate(Transaction(then: [.makeDirectory(key("a"))])).changes.isEmpty)
    try run(&namespace, put("a.b"))
    #expect(namespace.keys == ["a.b"])
    #expect(try namespace.evaluate(Transaction(then: [.makeDirectory(key("a"))])).changes.isEmpty)
    #expect(try namespace.evaluate(Transaction(then: [.makeDirectory(.root)])).changes.isEmpty)
    try run(&namespace, .makeDirectory(key("a.b")))
    #expect(namespace.root.entry(at: key("a.b"))?.content == .directory)
    try run(&namespace, .delete(key("a.b"), recursive: false))
    #expect(namespace.keys.isEmpty)
  }

  @Test("Appends grow the value, keep its media type and say where they began")
  func appending() throws {
    var namespace = makeNamespace()
    try run(&namespace, .append(key("log"), Array("one".utf8), .json))
    #expect(namespace.root.entry(at: key("log"))?.appendedFrom == nil)
    try run(&namespace, .append(key("log"), Array("two".utf8), "text/plain"))
    let entry = try #require(namespace.root.entry(at: key("log")))
    #expect(namespace.text("log") == "onetwo" && entry.appendedFrom == 3 && entry.mediaType == .json)
  }

  // MARK: Links

  @Test("Links above a key are followed; one at the key is replaced, removed, or followed to append and read")
  func links() throws {
    var namespace = makeNamespace()
    try run(&namespace, put("real.x", "1"), .symlink(key("link"), target: key("real"), namespace: nil))
    let written = try run(&namespace, put("link.y", "2"))
    #expect(written.outcomes == [.written(key: key("real.y"))])
    try run(&namespace, .symlink(key("to"), target: key("link.x"), namespace: NamespaceName("test")))
    try run(&namespace, .append(key("to"), Array("!".utf8), .json))
    #expect(namespace.text("real.x") == "1!")
    let read = try namespace.evaluate(Transaction(then: [.get(key("to")), .list(key("link"), limit: 9)]))
    guard case .got(key("real.x"), .entry) = read.outcomes[0], case .listed(key("real"), let page) = read.outcomes[1]
    else {
      Issue.record("unexpected outcomes \(read.outcomes)")
      return
    }
    #expect(page.items.count == 2)
    try run(&namespace, put("to", "own"))
    #expect(namespace.text("to") == "own" && namespace.text("real.x") == "1!")
    try run(&namespace, .delete(key("link"), recursive: true))
    #expect(namespace.keys == ["real.x", "real.y", "to"])
  }

  @Test("Links that leave the namespace, run in circles or make keys too long are refused")
  func badLinks() throws {
    var namespace = makeNamespace()
    let long = String(repeating: "k", count: 1_000)
    try run(
      &namespace, .symlink(key("out"), target: key("a"), namespace: NamespaceName("other")),
      .symlink(key("loop"), target: key("loop"), namespace: nil),
      .symlink(key("long"), target: key(long), namespace: nil))
    let other = try #require(NamespaceName("other"))
    let table: [(String, TransactionRefusal.Reason)] = [
      ("out.x", .leavesNamespace(other)), ("loop.x", .tooManyLinks),
      ("long." + String(repeating: "x", count: 100), .keyTooLong),
    ]
    for (name, reason) in table {
      #expect(refusal(namespace, put(name)) == TransactionRefusal(.then(0), reason))
      #expect(refusal(namespace, .get(key(name))) == TransactionRefusal(.then(0), reason))
      let compare = Transaction(compares: [.exists(key(name), true)], then: [put("a")])
      #expect(refusal(namespace, compare) == TransactionRefusal(.compare(0), reason))
    }
    #expect(try namespace.root.resolve(key("out.x")) == .leaves(to: other, key: key("a.x")))
    #expect(throws: ResolutionError.tooManyLinks) { try namespace.root.resolve(key("loop")) }
    #expect(refusal(namespace, put("out")) == nil, "the link itself can be replaced")
  }

  @Test("Ten links in a row are followed, eleven are not")
  func linkLimit() throws {
    var namespace = makeNamespace()
    namespace.put("l0", "end")
    for index in 1...11 {
      try run(&namespace, .symlink(key("l\(index)"), target: key("l\(index - 1)"), namespace: nil))
    }
    guard case .found(key("l0"), .entry) = try namespace.root.resolve(key("l10")) else {
      Issue.record("ten links lead to the end")
      return
    }
    #expect(throws: ResolutionError.tooManyLinks) { try namespace.root.resolve(key("l11")) }
  }

  @Test("Two writes that links lead to one key are refused")
  func linkedOverlap() throws {
    var namespace = makeNamespace()
    try run(&namespace, .symlink(key("l"), target: key("d"), namespace: nil))
    #expect(refusal(namespace, put("d.x"), put("l.x")) == TransactionRefusal(.then(1), .writtenTwice(with: 0)))
    #expect(refusal(namespace, put("d.x"), put("l.y")) == nil)
    // One that would find nothing if the write before it were not looked at.
    #expect(
      refusal(namespace, put("l.x"), put("z"), .delete(key("d"), recursive: false))
        == TransactionRefusal(.then(2), .writtenTwice(with: 0)))
    try run(&namespace, put("e.x"))
    #expect(
      refusal(namespace, put("l.x"), .append(key("d"), [1], .json), .delete(key("e"), recursive: false))
        == TransactionRefusal(.then(1), .writtenTwice(with: 0)))
    try run(&namespace, put("d.x"))
    #expect(
      refusal(namespace, .delete(key("l.x"), recursive: false), .makeDirectory(key("d")))
        == TransactionRefusal(.then(1), .writtenTwice(with: 0)))
  }

  // MARK: Quota

  @Test("A quota is judged by the outcome, and shrinking is always allowed")
  func quota() throws {
    var namespace = makeNamespace(quota: NamespaceQuota(maximumKeys: 2, maximumBytes: 10, maximumWatchers: 1))
    try run(&namespace, put("a", "1234"), put("b", "1234"))
    #expect(namespace.root.totals == Totals(entries: 2, bytes: 10))
    #expect(
      refusal(namespace, .get(key("a")), put("c", "")) == TransactionRefusal(.then(1), .tooManyKeys(limit: 2)))
    #expect(refusal(namespace, put("a", "12345")) == TransactionRefusal(.then(0), .tooManyBytes(limit: 10)))
    #expect(
      refusal(namespace, .append(key("b"), [1], .json), put("a", "12345"))
        == TransactionRefusal(.then(0), .tooManyBytes(limit: 10)), "the first that went over")
    #expect(refusal(namespace, put("c", "1234"), .delete(key("a"), recursive: false)) == nil)
    #expect(refusal(namespace, put("a", "12345"), put("b", "123")) == nil)
    namespace.quota = NamespaceQuota(maximumKeys: 1, maximumBytes: 3, maximumWatchers: 1)
    #expect(refusal(namespace, put("a", "123")) == nil)
    #expect(refusal(namespace, put("a", "abcd")) == nil, "no larger than before")
    #expect(refusal(namespace, put("a", "12345")) == TransactionRefusal(.then(0), .tooManyBytes(limit: 3)))
    let blob = EntryContent.blob(Digest(1, 1, 1, 1), size: 100)
    #expect(
      refusal(namespace, .put(key("a"), blob, .json)) == TransactionRefusal(.then(0), .tooManyBytes(limit: 3)))
  }
}

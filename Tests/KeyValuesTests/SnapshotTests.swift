import KeyValues
import Testing
import Vocabulary

@Suite struct SnapshotTests {
  private func filled() -> Namespace {
    var namespace = makeNamespace(quota: NamespaceQuota(maximumKeys: 9_000, maximumBytes: 1 << 30, maximumWatchers: 7))
    for index in 0..<200 { namespace.put("d.k\(index % 70)", "\(index)") }
    namespace.commit(.put(key("log"), .bytes(Value(Array(repeating: 1, count: 1_000_000))), .json))
    for index in 0..<300 { namespace.commit(.append(key("log"), Array("line \(index)".utf8))) }
    namespace.commit(.deleteDirectory(key("d")))
    let many = (0..<3_000).map {
      Change.put(key("e.k\($0)"), bytes(String(repeating: "v", count: 200)), .json)
    }
    namespace.fold(many, revision: namespace.revision + 1, at: moment(9_000))
    return namespace
  }

  @Test("What is restored goes on like the original: quota, retention, history and digests")
  func roundTrip() throws {
    var namespace = filled()
    let chunks = snapshot(of: namespace)
    var back = try restored(chunks)
    #expect(back.name == namespace.name && back.quota == namespace.quota && back.retention == namespace.retention)
    #expect(back.revision == namespace.revision && back.oldestRevision == namespace.oldestRevision)
    namespace.put("next", "x")
    back.put("next", "x")
    #expect(back.seal(using: testDigest) == namespace.seal(using: testDigest))
    #expect(back.supersededBytes == namespace.supersededBytes)
    #expect(snapshot(of: back) == snapshot(of: namespace))
  }

  @Test("Chunks are bounded, and three hundred appends to a megabyte are no three hundred megabytes")
  func sizes() {
    let chunks = snapshot(of: filled())
    #expect(chunks.allSatisfy { $0.count <= (256 << 10) + KeyValueLimits.valueBytes + 4_096 })
    #expect(chunks.reduce(0) { $0 + $1.count } < 3_000_000)
  }

  @Test("An empty namespace survives")
  func empty() throws {
    var back = try restored(snapshot(of: makeNamespace()))
    #expect(back.keys.isEmpty && back.oldestRevision == 1)
    back.put("a", "1")
    #expect(back.keys == ["a"])
  }

  @Test("What the emitter throws ends the writing")
  func throwing() {
    struct Full: Error {}
    var taken = 0
    #expect(throws: Full.self) {
      try filled().packSnapshot { (_) throws(Full) in
        taken += 1
        if taken == 3 { throw Full() }
      }
    }
    #expect(taken == 3)
  }

  @Test("Missing, repeated, swapped and cut chunks are refused")
  func damagedOrder() throws {
    var namespace = makeNamespace()
    for index in 0..<6 { namespace.put("d.k\(index)", String(repeating: "v", count: 10)) }
    namespace.compact(before: 4)
    let chunks = snapshot(of: namespace)
    #expect(chunks.map(\.first) == [1, 2, 3, 3, 3, 4])
    for index in chunks.indices {
      var missing = chunks
      missing.remove(at: index)
      // A missing commit may leave totals as they were; all other chunks are needed.
      if chunks[index].first != 3 { #expect(throws: PackedError.self) { try restored(missing) } }
      var cut = chunks
      cut[index].removeLast()
      #expect(throws: PackedError.self) { try restored(cut) }
    }
    #expect(throws: PackedError.self) { try restored([chunks[0]] + chunks) }
    #expect(throws: PackedError.self) { try restored(chunks + [chunks[0]]) }
    #expect(throws: PackedError.self) { try restored(Array(chunks.reversed())) }
    #expect(throws: PackedError.self) { try restored([]) }
    #expect(throws: PackedError.self) { try restored([[], [9]]) }
  }

  @Test("Changed bytes are refused or read as something well formed; nothing traps")
  func damagedBytes() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    var namespace = makeNamespace()
    var source = RandomChanges(seed: seed)
    for _ in 0..<40 { namespace.commit(source.change(), source.change()) }
    let chunks = snapshot(of: namespace)
    var refused = 0
    for _ in 0..<2_000 {
      var damaged = chunks
      let chunk = Int.random(in: 0..<chunks.count, using: &random)
      let byte = Int.random(in: 0..<chunks[chunk].count, using: &random)
      damaged[chunk][byte] ^= UInt8.random(in: 1...255, using: &random)
      if let back = try? restored(damaged) { _ = back.keys } else { refused += 1 }
    }
    #expect(refused > 200, "seed \(seed)")
  }

  @Test("Changes and entries survive packing")
  func packing() throws {
    let seed = UInt64.random(in: .min ... .max)
    var source = RandomChanges(seed: seed)
    for _ in 0..<500 {
      let change = source.change()
      var writer = PackedWriter()
      change.pack(into: &writer)
      var reader = PackedReader(writer.bytes)
      #expect(try Change(unpacking: &reader) == change && reader.isAtEnd, "seed \(seed)")
      guard case .put(_, let content, let mediaType) = change else { continue }
      let entry = Entry(revision: 9, mediaType: mediaType, content: content, appendedFrom: source.number(0..<9))
      writer = PackedWriter()
      entry.pack(into: &writer)
      reader = PackedReader(writer.bytes)
      #expect(try Entry(unpacking: &reader) == entry && reader.isAtEnd, "seed \(seed)")
    }
  }
}

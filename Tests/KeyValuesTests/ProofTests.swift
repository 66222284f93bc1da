import KeyValues
import Testing
import Vocabulary

@Suite struct ProofTests {
  private func filled() -> Namespace {
    var namespace = makeNamespace()
    for name in ["a", "ab", "abc.d", "abc.e.f", "abd", "b.long-name-of-a-key.x", "c"] {
      namespace.put(name, "v \(name)")
    }
    for index in 0..<30 { namespace.put("many.k\(index)", "\(index)") }
    namespace.commit(.put(key("large"), .bytes(Value(Array(repeating: 5, count: 100_000))), .json))
    namespace.commit(.put(key("link"), .symlink(target: key("a"), namespace: nil), .octetStream))
    return namespace
  }

  @Test("Every entry has a proof that verifies, before and after sealing; absent keys have none")
  func everyEntry() throws {
    var namespace = filled()
    let root = namespace.root.digest(using: testDigest)
    for sealed in [false, true] {
      if sealed { #expect(namespace.seal(using: testDigest) == root) }
      for item in namespace.root.entries(under: .root, limit: .max).items {
        let proof = try #require(namespace.root.proof(of: item.key, using: testDigest))
        let entry = item.entry.digest(using: testDigest)
        #expect(Proof.verify(proof, key: item.key, entry: entry, root: root, using: testDigest))
        let read = try #require(Proof(json: proof.json))
        #expect(read == proof)
      }
    }
    for name in ["x", "abc", "many", "a.b", "b.long-name"] {
      #expect(namespace.root.proof(of: key(name), using: testDigest) == nil)
    }
    #expect(namespace.root.proof(of: .root, using: testDigest) == nil)
  }

  @Test("A proof with one character changed proves nothing", arguments: ["a", "abc.e.f", "many.k7"])
  func everyByte(name: String) throws {
    var namespace = filled()
    let root = namespace.seal(using: testDigest)
    let proof = try #require(namespace.root.proof(of: key(name), using: testDigest))
    let entry = try #require(namespace.root.entry(at: key(name))).digest(using: testDigest)
    #expect(Proof.verify(proof, key: key(name), entry: entry, root: root, using: testDigest))
    var changed = 0
    func expectRefused(_ steps: [Proof.Step]) {
      changed += 1
      #expect(!Proof.verify(Proof(steps: steps), key: key(name), entry: entry, root: root, using: testDigest))
    }
    for (place, step) in proof.steps.enumerated() {
      for variant in variants(of: step) {
        var steps = proof.steps
        steps[place] = variant
        expectRefused(steps)
      }
      expectRefused(Array(proof.steps[..<place]) + proof.steps[(place + 1)...])
      expectRefused(Array(proof.steps[...place]) + proof.steps[place...])
    }
    expectRefused([])
    expectRefused(proof.steps.reversed())
    #expect(changed > 50)
  }

  /// Steps with one byte different, one child less or more, or the entry there or not.
  private func variants(of step: Proof.Step) -> [Proof.Step] {
    typealias Step = Proof.Step
    var all: [Step] = []
    for index in step.label.indices {
      var label = step.label
      label[index] ^= 1
      all.append(Step(label: label, entry: step.entry, children: step.children))
    }
    all.append(Step(label: step.label + [97], entry: step.entry, children: step.children))
    all += flips(of: step.entry ?? Digest(1, 1, 1, 1)).map {
      Step(label: step.label, entry: $0, children: step.children)
    }
    if step.entry != nil { all.append(Step(label: step.label, entry: nil, children: step.children)) }
    for (index, child) in step.children.enumerated() {
      var children = step.children
      children.remove(at: index)
      all.append(Step(label: step.label, entry: step.entry, children: children))
      let others =
        flips(of: child.digest).map { Proof.Child(byte: child.byte, digest: $0) }
        + [Proof.Child(byte: child.byte ^ 1, digest: child.digest)]
      for other in others {
        children = step.children
        children[index] = other
        all.append(Step(label: step.label, entry: step.entry, children: children))
      }
    }
    let extra = Proof.Child(byte: 0xFF, digest: Digest(1, 2, 3, 4))
    all.append(Step(label: step.label, entry: step.entry, children: step.children + [extra]))
    return all
  }

  private func flips(of digest: Digest) -> [Digest] {
    (0..<32).map { index in
      var bytes = digest.bytes
      bytes[index] ^= 1
      return Digest(bytes: bytes)!
    }
  }

  @Test("Another key, value, media type, revision or root is not what the proof proves")
  func otherFacts() throws {
    var namespace = filled()
    let root = namespace.seal(using: testDigest)
    let proof = try #require(namespace.root.proof(of: key("abc.d"), using: testDigest))
    let entry = try #require(namespace.root.entry(at: key("abc.d")))
    func verifies(_ name: String, _ entry: Entry, _ root: Digest) -> Bool {
      Proof.verify(proof, key: key(name), entry: entry.digest(using: testDigest), root: root, using: testDigest)
    }
    #expect(verifies("abc.d", entry, root))
    for name in ["abc.e", "abc", "abcd", "abc.d.e", "d", "."] { #expect(!verifies(name, entry, root)) }
    let others = [
      Entry(revision: entry.revision + 1, mediaType: entry.mediaType, content: entry.content),
      Entry(revision: entry.revision, mediaType: .json, content: entry.content),
      Entry(revision: entry.revision, mediaType: entry.mediaType, content: bytes("other")),
      Entry(revision: entry.revision, mediaType: entry.mediaType, content: .directory),
    ]
    for other in others { #expect(!verifies("abc.d", other, root)) }
    for other in flips(of: root) { #expect(!verifies("abc.d", entry, other)) }
  }

  @Test("Text that is no proof is refused")
  func json() {
    for text: JSONValue in [
      .null, .object([:]), .object(["steps": .array([.null])]),
      .object(["steps": .array([.object(["label": .string("6"), "entry": .null, "children": .array([])])])]),
      .object(["steps": .array([.object(["label": .string("6G"), "entry": .null, "children": .array([])])])]),
      .object(["steps": .array([.object(["label": .string(""), "children": .array([])])])]),
      .object(["steps": .array([.object(["label": .string(""), "entry": .string("00"), "children": .array([])])])]),
      .object([
        "steps": .array([
          .object([
            "label": .string(""), "entry": .null, "children": .array([.object(["byte": .integer(256)])]),
          ])
        ])
      ]),
    ] { #expect(Proof(json: text) == nil) }
  }

  @Test("Large values are digested by blocks, and an append digests the last ones only")
  func blocks() {
    nonisolated(unsafe) var digested = 0
    let counting: DigestFunction = { message in
      digested += message.count
      return testDigest(message)
    }
    var namespace = makeNamespace()
    namespace.commit(.put(key("log"), .bytes(Value(Array(repeating: 1, count: 1_000_000))), .json))
    namespace.seal(using: counting)
    #expect(digested > 1_000_000)
    digested = 0
    namespace.commit(.append(key("log"), [1, 2, 3]))
    let digest = namespace.seal(using: counting)
    #expect(digested < KeyValueLimits.blockBytes + 4_000)
    digested = 0
    #expect(namespace.seal(using: counting) == digest && digested == 0)
    var other = makeNamespace()
    other.commit()
    other.commit(.put(key("log"), .bytes(Value(Array(repeating: 1, count: 1_000_000) + [1, 2, 3])), .json))
    #expect(other.seal(using: testDigest) == digest)
  }
}

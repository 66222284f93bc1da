import Testing
import Vocabulary

@testable import sluice

/// Proofs as a broker wrote them, for a namespace that holds `note`, `run.7.energy`, `run.7.state`,
/// `run.8.energy` and the link `latest`.
@Suite("Proofs")
struct ProvedEntryTests {
  private static let root = "sha256-e628c4df396fb09fec9b77aa32a8cdde68f989aed4e0e5cacabb59aeaf7eee0b"

  private static func step(_ label: String, _ children: [(Int64, String)] = []) -> JSONValue {
    .object([
      "label": .string(label), "entry": .null,
      "children": .array(children.map { .object(["byte": .integer($0.0), "digest": .string($0.1)]) }),
    ])
  }

  private static let steps: [JSONValue] = [
    step("656e65726779"),
    step("3700", [(115, "ffdef5c2033c30859aaea2171da7bf1af34932486156047f812f0461f951367c")]),
    step("72756e00", [(56, "269d14d3b2bc7404ec21a9986bc57d961e8e0e09332a60080f07f733dd494670")]),
    step(
      "",
      [
        (108, "6cd5be0eaf534bbfc9a5862676e933e4d5df5b9a72cf3aa76a3bd41fea760806"),
        (110, "26fbbb975f3145f601cdcaf7d627415ce992e3d02c2c24a32bbea912c3fe28e0"),
      ]),
  ]

  private static let answer: JSONObject = [
    "key": .string("latest.energy"), "kind": .string("value"), "revision": .integer(78), "size": .integer(6),
    "media_type": .string("text/plain; charset=utf-8"), "value": .string("-76.02"), "root": .string(root),
    "proved_key": .string("run.7.energy"), "proof": .object(["steps": .array(steps)]),
  ]

  private static let link: JSONObject = [
    "key": .string("latest"), "kind": .string("symlink"), "revision": .integer(79), "target": .string("run.7"),
    "root": .string(root), "proved_key": .string("latest"),
    "proof": .object([
      "steps": .array([
        step("6c6174657374"),
        step(
          "",
          [
            (110, "26fbbb975f3145f601cdcaf7d627415ce992e3d02c2c24a32bbea912c3fe28e0"),
            (114, "475c67279dee2858748417100318ce6cb394e0ad16f7dd7b753356e247741e57"),
          ]),
      ])
    ]),
  ]

  private func isProved(_ answer: JSONObject, under root: String = root) -> Bool {
    (try? ProvedEntry(.object(answer)))?.isProved(under: root) ?? false
  }

  @Test("A value and a link are proved by what the broker sends; the key that was proved is named")
  func holds() throws {
    #expect(isProved(Self.answer))
    #expect(isProved(Self.link))
    let entry = try ProvedEntry(.object(Self.answer))
    #expect((entry.key, entry.revision, entry.root) == ("run.7.energy", 78, Self.root))
  }

  @Test(
    "What is not exactly what was stored is not proved",
    arguments: [
      ("value", JSONValue.string("-76.03")), ("value", .string("-76.02\n")), ("value", .string("")),
      ("revision", .integer(77)), ("media_type", .string("text/plain")), ("proved_key", .string("run.8.energy")),
      ("proved_key", .string("run.7.energy.x")), ("kind", .string("directory")), ("kind", .string("blob")),
      ("revision", .integer(-1)), ("revision", .string("78")), ("proved_key", .null), ("proof", .null),
    ] as [(String, JSONValue)])
  func members(name: String, value: JSONValue) {
    var changed = Self.answer
    changed[name] = value
    #expect(!isProved(changed))
  }

  @Test("A link to elsewhere is not proved")
  func links() {
    for (name, value) in [("target", "run.8"), ("namespace", "other")] {
      var changed = Self.link
      changed[name] = .string(value)
      #expect(!isProved(changed))
    }
  }

  @Test("Each bit of each digest of the proof counts, and so does the root")
  func digests() {
    var count = 0
    for (number, step) in Self.steps.enumerated() {
      for (index, child) in (step["children"]?.array ?? []).enumerated() {
        let digest = child["digest"]?.string ?? ""
        for place in stride(from: 0, to: 64, by: 7) {
          #expect(!isProved(Self.replacing(number, index, Self.flipped(digest, at: place))))
          count += 1
        }
      }
    }
    #expect(count == 40)
    for place in 0..<64 {
      #expect(!isProved(Self.answer, under: "sha256-" + Self.flipped(String(Self.root.dropFirst(7)), at: place)))
    }
    for text in ["", "sha256-", String(Self.root.dropFirst(7)), Self.root + "0", Self.root.uppercased()] {
      #expect(!isProved(Self.answer, under: text))
    }
  }

  @Test("A step that is missing, repeated, out of place or relabelled spoils the proof")
  func steps() {
    for number in Self.steps.indices {
      var without = Self.steps
      without.remove(at: number)
      var twice = Self.steps
      twice.insert(Self.steps[number], at: number)
      var relabelled = Self.steps
      relabelled[number] = Self.step("00" + (Self.steps[number]["label"]?.string ?? ""))
      for steps in [without, twice, relabelled] {
        var changed = Self.answer
        changed["proof"] = .object(["steps": .array(steps)])
        #expect(!isProved(changed))
      }
    }
    var reversed = Self.answer
    reversed["proof"] = .object(["steps": .array(Self.steps.reversed())])
    #expect(!isProved(reversed))
  }

  /// The answer with another digest for one child.
  private static func replacing(_ number: Int, _ index: Int, _ digest: String) -> JSONObject {
    var steps = steps
    var step = steps[number].object ?? [:]
    var children = step["children"]?.array ?? []
    var child = children[index].object ?? [:]
    child["digest"] = .string(digest)
    children[index] = .object(child)
    step["children"] = .array(children)
    steps[number] = .object(step)
    var changed = answer
    changed["proof"] = .object(["steps": .array(steps)])
    return changed
  }

  /// One bit of one digit differs.
  private static func flipped(_ hex: String, at place: Int) -> String {
    var digits = Array(hex)
    let value = digits[place].hexDigitValue ?? 0
    digits[place] = Array("0123456789abcdef")[value ^ 1]
    return String(digits)
  }
}

import Jobspec
import Testing
import Vocabulary

/// A node as constraints see it.
struct Subject: ConstraintSubject {
  var hostname = "host0"
  var rank: Int? = 0
  var properties: Set<String> = []

  func hasProperty(_ name: String) -> Bool { properties.contains(name) }
}

@Suite struct ConstraintTests {
  private let subjects = [
    Subject(hostname: "host0", rank: 0, properties: ["ssd"]),
    Subject(hostname: "host1", rank: 1, properties: ["huge", "slowgpu"]),
    Subject(hostname: "host2", rank: nil, properties: ["ssd", "huge"]),
    Subject(hostname: "other", rank: 3, properties: []),
  ]

  @Test(
    "The examples of RFC 31, and empty operands, match whom they should",
    arguments: [
      (#"{"properties":["ssd"]}"#, [0, 2]), (#"{"properties":["^slowgpu"]}"#, [0, 2, 3]),
      (#"{"not":[{"properties":["slowgpu"]}]}"#, [0, 2, 3]),
      (#"{"or":[{"properties":["ssd"]},{"properties":["huge"]}]}"#, [0, 1, 2]),
      (#"{"hostlist":["host[0-1]"]}"#, [0, 1]), (#"{"not":[{"hostlist":["host[0-1]"]}]}"#, [2, 3]),
      (#"{"and":[{"hostlist":["host[0-1]"]},{"properties":["ssd"]}]}"#, [0]),
      (#"{"ranks":["0"]}"#, [0]), (#"{"ranks":["0-1","3"]}"#, [0, 1, 3]),
      (#"{"hostlist":["host0","other"]}"#, [0, 3]), (#"{"not":[{"properties":["ssd","huge"]}]}"#, [0, 1, 3]),
      (#"{"properties":["ssd","huge"]}"#, [2]), (#"{"properties":["ssd","^huge"]}"#, [0]),
      ("{}", [0, 1, 2, 3]), (#"{"or":[]}"#, [0, 1, 2, 3]), (#"{"and":[]}"#, [0, 1, 2, 3]), (#"{"not":[]}"#, []),
      (#"{"properties":[]}"#, [0, 1, 2, 3]), (#"{"hostlist":[]}"#, []), (#"{"ranks":[]}"#, []),
      (#"{"ranks":[""]}"#, []),
      (#"{"not":[{"properties":["ssd"]},{"properties":["huge"]}]}"#, [0, 1, 3]),
      (#"{"not":[{"not":[]}]}"#, [0, 1, 2, 3]),
    ] as [(String, [Int])])
  func matching(text: String, matched: [Int]) throws {
    let constraint = try Constraint.parse(json(text))
    #expect(subjects.indices.filter { constraint.matches(subjects[$0]) } == matched)
    #expect(try Constraint.parse(constraint.rendered()) == constraint)
    let jobspec = try Jobspec.parse(json(document(system: "\"constraints\":\(text)")))
    #expect(jobspec.constraint == constraint)
    #expect(try json(text) == jobspec.attributes["system"]?["constraints"])
  }

  @Test(
    "Malformed constraints are refused where they are wrong",
    arguments: [
      ("[]", [""]), ("1", [""]), (#"{"and":[],"or":[]}"#, [""]), (#"{"propertes":["a"]}"#, ["/propertes"]),
      (#"{"properties":"a"}"#, ["/properties"]), (#"{"properties":["a",1]}"#, ["/properties/1"]),
      (#"{"properties":[""]}"#, ["/properties/0"]), (#"{"properties":["^"]}"#, ["/properties/0"]),
      (#"{"properties":["a|b","^^a","a^"]}"#, ["/properties/0", "/properties/1", "/properties/2"]),
      (#"{"properties":["a\n"]}"#, ["/properties/0"]),
      (#"{"hostlist":["a[","b"]}"#, ["/hostlist/0"]), (#"{"hostlist":["n[0-999999]","m[0-9]"]}"#, ["/hostlist/1"]),
      (#"{"ranks":["0",1,"3-1"]}"#, ["/ranks/1", "/ranks/2"]),
      (#"{"not":{"properties":["a"]}}"#, ["/not"]),
      (#"{"and":[{"or":[{"not":[7]}]},{"x":[]}]}"#, ["/and/0/or/0/not/0", "/and/1/x"]),
    ] as [(String, [String])])
  func malformed(text: String, expected: [String]) throws {
    let prefix = "/attributes/system/constraints"
    #expect(try pointers(of: document(system: "\"constraints\":\(text)")) == expected.map { prefix + $0 })
    do throws(InvalidDocument) {
      _ = try Constraint.parse(json2(text), at: "/c")
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.faults.map(\.pointer) == expected.map { "/c" + $0 })
    }
  }

  private func json2(_ text: String) -> JSONValue { (try? json(text)) ?? .null }

  @Test("Constraints have limits in depth and in number")
  func limits() throws {
    func nested(_ depth: Int) -> JSONValue {
      (1..<depth).reduce(.object([:])) { inner, _ in .object(["not": .array([inner])]) }
    }
    _ = try Constraint.parse(nested(JobspecLimits.maximumConstraintDepth))
    #expect(throws: InvalidDocument.self) { try Constraint.parse(nested(JobspecLimits.maximumConstraintDepth + 1)) }
    func wide(_ count: Int) -> JSONValue {
      .object(["properties": .array(Array(repeating: .string("a"), count: count))])
    }
    _ = try Constraint.parse(wide(JobspecLimits.maximumConstraintTerms - 1))
    #expect(throws: InvalidDocument.self) { try Constraint.parse(wide(JobspecLimits.maximumConstraintTerms)) }
  }

  @Test("No constraint is no constraint")
  func none() throws {
    #expect(try Jobspec.parse(json(document())).constraint == nil)
    #expect(try Jobspec.parse(json(document(system: #""constraints":null"#))).constraint == nil)
  }
}

@Suite struct HostnameSetTests {
  private static let lists = [
    "", "n5", "n[0-9]", "n[00-11]", "n[01-03],n[1-3]", "a,b,c", "rack[1-3]-node", "rack1-n[1-2],rack[2-3]-x7",
    "n[1-3],n[3-8],n[20-30],n10", "n1[0-9]", "x", "n[098-101]", "n1.example.org,n[2-3].example.org", "7", "[0-3]b5",
  ]

  @Test("A prepared set says of every name what the list says", arguments: lists)
  func agrees(text: String) throws {
    let hosts = try Hostlist(parsing: text)
    let set = HostnameSet(hosts)
    var names = Self.lists.flatMap { (try? Hostlist(parsing: $0))?.names ?? [] }
    for prefix in ["", "n", "n0", "n1", "rack1-n", "rack2-x"] {
      for number in 0..<130 {
        names += ["\(prefix)\(number)", "\(prefix)0\(number)", "\(prefix)\(number)-node", "\(prefix)\(number)b5"]
      }
    }
    names += ["", "n", "n999999999999999999999", "rack-node", "n1.example.or", "é1"]
    for name in names { #expect(set.contains(name) == hosts.contains(name), "\(name) in \(text)") }
    for name in hosts { #expect(set.contains(name)) }
  }

  @Test("Ten thousand scattered names answer as quickly as one run does")
  func speed() throws {
    // Every second number, so that no two names make a run.
    let hosts = try Hostlist((0..<10_000).map { "node\($0 * 2)" })
    let set = HostnameSet(hosts)
    let clock = ContinuousClock()
    let time = clock.measure {
      for number in 0..<20_000 { #expect(set.contains("node\(number)") == (number % 2 == 0)) }
    }
    // The list itself takes minutes for this; the bound leaves a busy machine room.
    #expect(time < .seconds(10))
  }
}

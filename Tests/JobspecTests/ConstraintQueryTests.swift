import Jobspec
import Testing
import Vocabulary

@Suite struct QueryTreeTests {
  @Test(
    "The examples of RFC 35 and flux-core's own become what they should",
    arguments: [
      ("foo", #"{"name":["foo"]}"#),
      ("foo bar", #"{"and":[{"name":["foo"]},{"name":["bar"]}]}"#),
      ("foo bar state:started", #"{"and":[{"name":["foo"]},{"name":["bar"]},{"state":["started"]}]}"#),
      ("a|b|c", #"{"or":[{"name":["a"]},{"name":["b"]},{"name":["c"]}]}"#),
      ("a|b&c", #"{"or":[{"name":["a"]},{"and":[{"name":["b"]},{"name":["c"]}]}]}"#),
      ("(a|b)&c", #"{"and":[{"or":[{"name":["a"]},{"name":["b"]}]},{"name":["c"]}]}"#),
      ("(a|-b)&c", #"{"and":[{"or":[{"name":["a"]},{"not":[{"name":["b"]}]}]},{"name":["c"]}]}"#),
      ("(a)", #"{"name":["a"]}"#), ("( a )", #"{"name":["a"]}"#), ("'a'", #"{"name":["a"]}"#),
      ("('a')", #"{"name":["a"]}"#), ("a or b", #"{"or":[{"name":["a"]},{"name":["b"]}]}"#),
      ("a || b", #"{"or":[{"name":["a"]},{"name":["b"]}]}"#), ("a||b", #"{"or":[{"name":["a"]},{"name":["b"]}]}"#),
      ("a&b&c", #"{"and":[{"name":["a"]},{"name":["b"]},{"name":["c"]}]}"#),
      ("a and b and c", #"{"and":[{"name":["a"]},{"name":["b"]},{"name":["c"]}]}"#),
      ("a && b c", #"{"and":[{"name":["a"]},{"name":["b"]},{"name":["c"]}]}"#),
      ("(a b) c", #"{"and":[{"name":["a"]},{"name":["b"]},{"name":["c"]}]}"#),
      ("a (b c)", #"{"and":[{"name":["a"]},{"and":[{"name":["b"]},{"name":["c"]}]}]}"#),
      ("a&b|c", #"{"or":[{"and":[{"name":["a"]},{"name":["b"]}]},{"name":["c"]}]}"#),
      ("a|b c", #"{"or":[{"name":["a"]},{"and":[{"name":["b"]},{"name":["c"]}]}]}"#),
      ("a or -host:foo", #"{"or":[{"name":["a"]},{"not":[{"host":["foo"]}]}]}"#),
      ("a or time:11:00am", #"{"or":[{"name":["a"]},{"time":["11:00am"]}]}"#),
      ("a or test:'a quoted string'", #"{"or":[{"name":["a"]},{"test":["a quoted string"]}]}"#),
      ("a or name:'/foo|(bar)|baz.*/'", #"{"or":[{"name":["a"]},{"name":["/foo|(bar)|baz.*/"]}]}"#),
      ("not a b", #"{"and":[{"not":[{"name":["a"]}]},{"name":["b"]}]}"#),
      ("not (a|b)", #"{"not":[{"or":[{"name":["a"]},{"name":["b"]}]}]}"#),
      ("not not a", #"{"not":[{"not":[{"name":["a"]}]}]}"#), ("not-a", #"{"not":[{"not":[{"name":["a"]}]}]}"#),
      (
        "nothing android order a-b",
        #"{"and":[{"name":["nothing"]},{"name":["android"]},{"name":["order"]},{"name":["a-b"]}]}"#
      ),
      ("\"it's\" 'and' notés", #"{"and":[{"name":["it's"]},{"name":["and"]},{"name":["notés"]}]}"#),
      ("'op:a b'", #"{"op":["a b"]}"#), (" a\t\n", #"{"name":["a"]}"#), ("^a", #"{"name":["^a"]}"#),
    ])
  func vectors(query: String, expected: String) throws {
    #expect(try QueryTree.parse(query).rendered(defaultOperator: "name") == json(expected))
  }

  @Test(
    "What is no query is refused where it is wrong",
    arguments: [
      ("", 0), ("  ", 2), ("a|", 2), ("|a", 0), ("a:' ", 2), ("(a", 0), ("(a))", 3), ("-(a|b)", 1), ("4g,host:foo", 0),
      ("foo and a:", 10), ("foo and", 7), ("a and and b", 6), ("()", 1), ("not", 3), ("--a", 1), (":a", 0), ("a: b", 2),
      ("a'b'", 1), ("'a'b", 3), ("''", 0), ("a:''", 2), ("a:(b)", 2), ("x ' y", 2),
    ])
  func refused(query: String, offset: Int) {
    do throws(SyntaxFault) {
      let tree = try QueryTree.parse(query)
      Issue.record("\(query) was taken as \(tree)")
    } catch {
      #expect(error.offset == offset, "\(query): \(error.text)")
    }
  }

  @Test("Length, depth and number of terms are limited")
  func limits() throws {
    let depth = JobspecLimits.maximumConstraintDepth
    func nested(_ count: Int) -> String {
      String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
    }
    _ = try QueryTree.parse(nested(depth - 1))
    #expect(throws: SyntaxFault.self) { try QueryTree.parse(nested(depth)) }
    #expect(throws: SyntaxFault.self) { try QueryTree.parse(String(repeating: "not ", count: 4_000) + "a") }
    #expect(throws: SyntaxFault.self) { try QueryTree.parse(String(repeating: "(", count: 16_000)) }
    #expect(throws: SyntaxFault.self) { try QueryTree.parse(String(repeating: "a ", count: 1_025)) }
    _ = try QueryTree.parse(String(repeating: "a ", count: 1_024))
    #expect(throws: SyntaxFault.self) { try QueryTree.parse(String(repeating: "a", count: 16_385)) }
  }
}

@Suite struct ConstraintQueryTests {
  @Test(
    "Queries become constraints as flux's --requires makes them",
    arguments: [
      ("ssd", #"{"properties":["ssd"]}"#), ("ssd,^slow", #"{"properties":["ssd","^slow"]}"#),
      ("ssd huge", #"{"properties":["ssd","huge"]}"#), ("-ssd", #"{"not":[{"properties":["ssd"]}]}"#),
      ("properties:a host:n[0-3]", #"{"and":[{"properties":["a"]},{"hostlist":["n[0-3]"]}]}"#),
      ("hosts:a,b or rank:0-3,7", #"{"or":[{"hostlist":["a,b"]},{"ranks":["0-3,7"]}]}"#),
      ("not (a b)", #"{"not":[{"properties":["a","b"]}]}"#),
      ("a|b", #"{"or":[{"properties":["a"]},{"properties":["b"]}]}"#),
      ("a hostlist:n1 b", #"{"and":[{"properties":["a","b"]},{"hostlist":["n1"]}]}"#),
    ])
  func mapping(query: String, expected: String) throws {
    #expect(try ConstraintQuery.parse(query).rendered() == json(expected))
  }

  @Test(
    "Unknown operators and wrong operands are refused where they stand",
    arguments: [
      ("a state:run", 2), ("host:n[", 0), ("a rank:x", 2), ("a,,b", 0), ("'a b' 'x!'", 6), ("^", 0), ("rank:3-1", 0),
    ])
  func refused(query: String, offset: Int) {
    do throws(SyntaxFault) {
      _ = try ConstraintQuery.parse(query)
      Issue.record("\(query) was taken")
    } catch {
      #expect(error.offset == offset, "\(error.text)")
    }
  }

  @Test("A submission's `requires` becomes its constraints, and contradicts none")
  func submissions() throws {
    let jobspec = try SubmissionRequest.parse(json(submission(#""requires":"ssd -host:n1""#))).jobspec
    let expected = #"{"and":[{"properties":["ssd"]},{"not":[{"hostlist":["n1"]}]}]}"#
    #expect(jobspec.attributes["system"]?["constraints"] == (try json(expected)))
    #expect(jobspec.constraint == (try Constraint.parse(json(expected))))
    #expect(try Jobspec.parse(jobspec.rendered()) == jobspec)
    #expect(try faults(of: submission(#""requires":"a|""#)).map(\.pointer) == ["/requires"])
    #expect(try faults(of: submission(#""requires":1"#)).map(\.pointer) == ["/requires"])
    let both = #""requires":"a","attributes":{"system":{"constraints":{"properties":["b"]}}}"#
    #expect(try faults(of: submission(both)).map(\.pointer) == ["/requires"])
  }

  @Test("A submission may say after which run time it can be preempted")
  func preemptible() throws {
    let jobspec = try SubmissionRequest.parse(json(submission(#""preemptible_after":"1.5m""#))).jobspec
    #expect(jobspec.system.preemptibleAfter == .seconds(90))
    #expect(jobspec.attributes["system"]?["preemptible-after"] == .integer(90))
    let atOnce = try SubmissionRequest.parse(json(submission(#""preemptible_after":0"#))).jobspec
    #expect(atOnce.system.preemptibleAfter == .zero)
    #expect(try SubmissionRequest.parse(json(submission(#""name":"n""#))).jobspec.system.preemptibleAfter == nil)
    for wrong in ["-1", #""inf""#, "true"] {
      let pointers = try faults(of: submission(#""preemptible_after":\#(wrong)"#)).map(\.pointer)
      #expect(pointers == ["/preemptible_after"])
    }
  }
}

import Testing
import Vocabulary

@Suite struct HostlistTests {
  @Test(
    "The vectors of RFC 29 expand as they should",
    arguments: [
      ("", ""), ("foox,fooy,fooz", "foox,fooy,fooz"), ("[1-3,5-6]", "1,2,3,5,6"),
      ("foo[1-5]", "foo1,foo2,foo3,foo4,foo5"),
      ("foo[0-4]-eth2", "foo0-eth2,foo1-eth2,foo2-eth2,foo3-eth2,foo4-eth2"),
      ("foo1,foo1,foo1", "foo1,foo1,foo1"),
      ("[00-02]", "00,01,02"), ("[00-2]", "00,01,02"), ("foo[1,1,2,1]", "foo1,foo1,foo2,foo1"),
      ("n[005,4,11-13]", "n005,n004,n011,n012,n013"), ("n[098-101]", "n098,n099,n100,n101"),
      ("n[9-11],m", "n9,n10,n11,m"),
    ])
  func vectors(text: String, expanded: String) throws {
    let list = try Hostlist(parsing: text)
    #expect(list.names == expanded.split(separator: ",").map(String.init) && list.count == list.names.count)
    #expect(try Hostlist(parsing: list.description) == list)
    #expect(try Hostlist(list.names) == list)
    #expect(list.names.allSatisfy { list.contains($0) } && !list.contains("foo7") && !list.contains("n04"))
  }

  @Test(
    "Lists of names are written compactly",
    arguments: [
      ("n0,n1,n2,n3", "n[0-3]"), ("n3,n1,n2", "n[3,1-2]"), ("n08,n09,n10,n11", "n[08-11]"),
      ("n8,n9,n10", "n[8-10]"),
      ("n8,n09,n10", "n8,n[09-10]"), ("a1,b1,a2", "a1,b1,a2"), ("x,x", "x,x"),
      ("n[0-1]-ib,n2-ib", "n[0-1]-ib,n2-ib"),
      ("n10,n011", "n10,n011"), ("n[01,10],n3", "n[01,10],n3"),
    ])
  func compact(names: String, text: String) throws {
    #expect(try Hostlist(parsing: names).description == text)
  }

  @Test("Random lists read back as the same names")
  func roundTrips() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    for _ in 0..<2000 {
      let names = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
        let number = String(Int.random(in: 0..<120, using: &random))
        let zeros = String(repeating: "0", count: Int.random(in: 0..<3, using: &random))
        return ["n", "m1x", ""].randomElement(using: &random)! + zeros + number
      }
      let list = try Hostlist(names)
      #expect(list.names == names, "seed \(seed)")
      #expect(try Hostlist(parsing: list.description).names == names, "seed \(seed)")
    }
  }

  @Test(
    "What is not a host list is refused with its reason",
    arguments: [
      ("n[0-1000000000]", .tooManyHosts), ("n[[1]]", .malformed), ("n[01-003]", .widthsDiffer),
      ("n[", .malformed),
      (";id", .invalidCharacter), ("n]", .malformed), ("n[]", .malformed), ("n[1", .malformed),
      ("n[1,]", .malformed),
      ("n[5-3]", .malformed), ("n[-3]", .malformed), ("n[1-2-3]", .malformed), ("n[a]", .malformed),
      (",", .malformed),
      ("a,,b", .malformed), ("a,", .malformed), ("n[1]m[2]", .malformed), ("a b", .invalidCharacter),
      ("n[1-2]$(id)", .invalidCharacter), ("-oProxyCommand", .invalidCharacter),
      ("n\u{0}", .invalidCharacter),
      ("ñ", .invalidCharacter), ("n[8-010]", .widthsDiffer), ("n[0-999999],m", .tooManyHosts),
      ("n[0-600000],m[0-600000]", .tooManyHosts), ("n[99999999999999999999]", .numberTooLarge),
      ("n[0-9223372036854775807]", .numberTooLarge), ("n[1]]", .malformed), ("\n", .invalidCharacter),
      (String(repeating: "a", count: 256), .nameTooLong),
      (String(repeating: "a", count: 250) + "[1]", .nameTooLong),
      ("n[ 1]", .malformed), ("n1-", nil), ("n[0-999999]", nil),
    ] as [(String, Hostlist.ParsingError?)])
  func refused(text: String, error: Hostlist.ParsingError?) throws {
    if let error {
      #expect(throws: error) { try Hostlist(parsing: text) }
    } else {
      #expect(try Hostlist(parsing: text).description == text)
    }
  }

  @Test("Names that are expressions cannot be appended")
  func appendRefusesExpressions() {
    var list = Hostlist()
    #expect(throws: Hostlist.ParsingError.malformed) { try list.append("n[1-2]") }
    #expect(throws: Hostlist.ParsingError.malformed) { try list.append("a,b") }
    #expect(throws: Hostlist.ParsingError.malformed) { try list.append("") }
    #expect(list.isEmpty)
  }
}

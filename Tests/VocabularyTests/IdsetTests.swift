import Testing
import Vocabulary

@Suite struct IdsetTests {
  @Test(
    "Texts of RFC 22 parse and render canonically",
    arguments: [
      ("1,2,3,5,6,42", "1-3,5-6,42"), ("1-3,5-6,42", "1-3,5-6,42"), ("[1-3,5-6,42]", "1-3,5-6,42"), ("", ""),
      ("[]", ""), ("0", "0"), ("1-3,4-5", "1-5"), ("7-7", "7"), ("0-2147483647", "0-2147483647"),
    ])
  func parses(text: String, canonical: String) throws {
    #expect(try Idset(parsing: text).description == canonical)
  }

  @Test(
    "What RFC 22 forbids is refused with its reason",
    arguments: [
      ("0-", .malformed), ("-1", .malformed), ("5-3", .notAscending), ("1,1", .notAscending),
      (" 1", .malformed),
      ("a", .malformed), ("1-2-3", .malformed), ("[0]]", .malformed), ("0x1", .malformed),
      ("01", .leadingZero),
      ("1-03", .leadingZero), ("00", .leadingZero), ("3,1", .notAscending), ("1-5,3", .notAscending),
      ("1,", .malformed), (",1", .malformed), ("1,,2", .malformed), ("[1", .malformed), ("1]", .malformed),
      ("[", .malformed), ("][", .malformed), ("1 ", .malformed), ("+1", .malformed), ("١", .malformed),
      ("1\u{0}", .malformed), ("2147483648", .idTooLarge), ("0-4294967295", .idTooLarge),
      ("0-9223372036854775807", .idTooLarge), ("99999999999999999999999999", .idTooLarge),
      ("1:2", .malformed),
    ] as [(String, Idset.ParsingError)])
  func refused(text: String, error: Idset.ParsingError) {
    #expect(throws: error) { try Idset(parsing: text) }
  }

  @Test("A huge range costs no more than a small one")
  func hugeRange() throws {
    let clock = ContinuousClock()
    let start = clock.now
    var set = try Idset(parsing: "0-2147483647")
    #expect(
      set.count == 1 << 31 && set.contains(1_000_000_000) && !set.contains(-1) && !set.contains(1 << 31))
    #expect(set.remove(5) && set.union([5]) == Idset(0...Idset.maximumID))
    #expect(set.subtracting(Idset(10..<Idset.maximumID)).description == "0-4,6-9,2147483647")
    #expect(set.least(7).description == "0-4,6-7")
    #expect(clock.now - start < .milliseconds(5))
  }

  @Test("The algebra agrees with plain sets", arguments: 0..<30)
  func agreesWithReference(round: Int) throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    let note: Comment = "seed \(seed)"
    let span = [8, 60, 500][round % 3]
    func plain() -> Set<Int> {
      Set(
        (0..<Int.random(in: 0...span, using: &random)).map { _ in Int.random(in: 0..<span, using: &random) })
    }
    for _ in 0..<40 {
      let (a, b) = (plain(), plain())
      let (x, y) = (Idset(a), Idset(Array(b)))
      #expect(Array(x) == a.sorted() && x.count == a.count, note)
      #expect(Array(x.union(y)) == a.union(b).sorted(), note)
      #expect(Array(x.intersection(y)) == a.intersection(b).sorted(), note)
      #expect(Array(x.subtracting(y)) == a.subtracting(b).sorted(), note)
      #expect(x.isSubset(of: y) == a.isSubset(of: b) && x.isDisjoint(with: y) == a.isDisjoint(with: b), note)
      #expect(x.union(y) == Idset(a.union(b)) && x.subtracting(y) == Idset(a.subtracting(b)), note)
      #expect(try Idset(parsing: x.description) == x, note)
      #expect(x.first == a.min() && x.last == a.max(), note)
      #expect(Array(x.least(3)) == Array(a.sorted().prefix(3)), note)
      var changing = x
      var reference = a
      for _ in 0..<60 {
        let id = Int.random(in: 0..<span, using: &random)
        if Bool.random(using: &random) {
          #expect(changing.insert(id) == reference.insert(id).inserted, note)
        } else {
          #expect(changing.remove(id) == (reference.remove(id) != nil), note)
        }
        #expect(changing.contains(id) == reference.contains(id), note)
      }
      #expect(changing == Idset(reference), note)
    }
  }

  @Test("Ranges make sets and sets give their ranges back")
  func ranges() {
    #expect(
      Idset(3..<3).isEmpty && Idset(3..<6).ranges == [3...5]
        && ([9, 1, 2, 2] as Idset).ranges == [1...2, 9...9])
  }
}

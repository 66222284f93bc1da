import Testing

/// The house's counts and bans, so that a reviewer need not look for them.
@Suite struct TidyTests {
  /// Rooms that decide: values only, so that the same commands always give the same records.
  static let coreRooms: Set<String> = [
    "Vocabulary", "Persistent", "Jobspec", "Jobs", "KeyValues", "ResourceFormats", "ResourceGraph", "Scheduling",
    "BrokerCore",
  ]
  static let longestSource = 400
  static let longestTest = 600
  static let longestLine = 120
  static let longestFunction = 60

  /// Fails with every offender by place.
  private func expectNone(_ offenders: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(offenders.isEmpty, "\n\(offenders.joined(separator: "\n"))", sourceLocation: sourceLocation)
  }

  private func places(
    _ files: [SourceFile], where isMatch: (String) -> Bool
  ) -> [String] {
    files.flatMap { file in
      file.numbers(where: isMatch).map { "\(file.path):\($0): \(file.lines[$0 - 1].drop { $0 == " " })" }
    }
  }

  @Test("The repository is found, so that nothing here passes for want of files")
  func findsTheSources() {
    #expect(Repository.sources.count > 100)
    #expect(Self.coreRooms.isSubset(of: Set(Repository.sources.map(\.room))))
  }

  @Test("Files are short enough to be read")
  func fileLengths() {
    expectNone(
      Repository.files.filter { !$0.isGenerated }.compactMap { file in
        // The text after the last line break is no line.
        let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
        return count > (file.isTest ? Self.longestTest : Self.longestSource)
          ? "\(file.path): \(count) lines" : nil
      })
  }

  @Test("Lines fit the screen")
  func lineLengths() {
    expectNone(
      Repository.files.filter { !$0.isGenerated }.flatMap { file in
        file.lines.indices.filter { file.lines[$0].count > Self.longestLine }
          .map { "\(file.path):\($0 + 1): \(file.lines[$0].count) columns" }
      })
  }

  @Test("Functions fit the screen")
  func functionLengths() {
    let functions = Repository.files.flatMap { file in FunctionScanner.functions(in: file).map { (file, $0) }
    }
    #expect(functions.count > 500)
    expectNone(
      functions.filter { $1.length > Self.longestFunction }
        .map { "\($0.path):\($1.line): \($1.length) lines: \($1.name)" })
  }

  @Test("Nothing traps on an error or on an absent value")
  func noForcing() {
    expectNone(places(Repository.sources) { Self.forces($0) })
  }

  /// `try!`, `as!`, or a `!` right behind a value.
  static func forces(_ line: String) -> Bool {
    if line.contains("try!") || line.contains("as!") { return true }
    let scalars = Array(line.utf8)
    return scalars.indices.contains { index in
      guard scalars[index] == UInt8(ascii: "!"), index > 0 else { return false }
      let before = scalars[index - 1]
      let isBehindValue =
        before == UInt8(ascii: ")") || before == UInt8(ascii: "]") || before == UInt8(ascii: "_")
        || (48...57).contains(before) || (65...90).contains(before) || (97...122).contains(before)
      return isBehindValue && !(index + 1 < scalars.count && scalars[index + 1] == UInt8(ascii: "="))
    }
  }

  @Test("What is left to do is written down elsewhere")
  func noNotesToSelf() {
    // Taken apart, so that this file does not find itself.
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
    expectNone(
      Repository.files.flatMap { file in
        file.lines.indices.filter { index in marks.contains { file.lines[index].contains($0) } }
          .map { "\(file.path):\($0 + 1)" }
      })
  }

  @Test("The core imports nothing but itself")
  func coreImports() {
    expectNone(
      places(Repository.sources.filter { Self.coreRooms.contains($0.room) }) { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 1, index + 1 < words.count else {
          return false
        }
        return !Self.coreRooms.contains(String(words[index + 1]))
      })
  }

  @Test("The core knows no clock, no chance and no other thread")
  func corePurity() {
    let banned = [
      "Date()", ".random", " Task {", " Task.", " await ", " async ", "Mutex<", "Atomic<", ".now()", "print(",
    ]
    expectNone(
      places(Repository.sources.filter { Self.coreRooms.contains($0.room) }) { line in
        banned.contains { line.contains($0) }
      })
  }

  @Test("A promise that the compiler cannot check says why it holds")
  func uncheckedPromises() {
    expectNone(
      Repository.sources.flatMap { file in
        file.numbers { $0.contains("@unchecked Sendable") || $0.contains("nonisolated(unsafe)") }
          .filter { number in
            // Attributes may stand between the comment and the declaration.
            let above = file.lines[..<(number - 1)].map { $0.drop { $0 == " " } }.last { !$0.hasPrefix("@") }
            return !(above?.hasPrefix("//") ?? false)
          }
          .map { "\(file.path):\($0)" }
      })
  }
}

/// The instruments themselves, on texts whose answer is known.
@Suite struct TidyInstrumentTests {
  @Test("Comments and texts are no code")
  func stripping() {
    let text = #"""
      let a = "x!" // b!
      let c = "\(d ?? "e!") f!" + g /* h! /* i! */ j! */ + k
      """#
    let code = CodeStripper.strip(text)
    #expect(!code.contains("!"))
    #expect(code.contains("let a = ") && code.contains(" + g ") && code.hasSuffix(" + k"))
    #expect(CodeStripper.strip("let a = \"\"\"\n  b!\n  \"\"\"\nc!").hasSuffix("\nc!"))
  }

  @Test("Forcing is told apart from negation", arguments: ["a!", "b()!.c", "d[0]!", "try! e()", "f as! G"])
  func forcing(line: String) { #expect(TidyTests.forces(line)) }

  @Test("Negation is not forcing", arguments: ["!a", "a != b", "if !(b)", "a && !b", "let a: Int = !b"])
  func negation(line: String) { #expect(!TidyTests.forces(line)) }

  @Test("A function's lines are counted from its name to its brace")
  func functionLength() {
    let text = """
      struct A {
        func short() { a() }
        func long(
          _ b: Int
        ) -> Int {
          if b > 0 {
            return 1
          }
          return 2
        }
        init?() {
          return nil
        }
      }
      protocol P {
        func requirement() -> Int
        var other: Int { get }
      }
      """
    let functions = FunctionScanner.functions(in: SourceFile(path: "Sources/A/A.swift", text: text))
    #expect(functions.map(\.line) == [3, 11] && functions.map(\.length) == [8, 3])
  }
}

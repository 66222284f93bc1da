import ArgumentParser
import ResourceFormats
import ResourceGraph
import Vocabulary

struct ResourceQueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resource-query",
    abstract: "Try out how resources are matched, without a broker.",
    discussion: """
      Reads commands from a script or from standard input, and prints what the broker's matcher would do on \
      the resources of a file or a recipe. 'help' lists the commands. Exits with 1 if any command was wrong.

      EXAMPLE
        echo "match allocate --shape 'node=2/slot/core=2'" |
          sluice resource-query --recipe 'cluster/node=4/core=8' --policy high
      """)

  @Option(
    help: ArgumentHelp("Resources: JGF, R or a recipe as .json, or a recipe as .yaml.", valueName: "file"))
  var load: String?

  @Option(help: ArgumentHelp("Resources as text, such as cluster/node=4/[core=8;gpu].", valueName: "text"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Which of many possible resources are taken: \(MatchPolicy.all.map(\.name).joined(separator: ", ")).",
      valueName: "policy"))
  var policy = MatchPolicy.first.name

  @Option(help: ArgumentHelp("Commands, one a line. Default: standard input.", valueName: "file"))
  var script: String?

  @Flag(help: "Print each line of the script before its answer.")
  var echo = false

  func validate() throws {
    if (load == nil) == (recipe == nil) {
      throw ValidationError("Resources come from --load or from --recipe.")
    }
    if MatchPolicy(named: policy) == nil {
      throw ValidationError(
        "There is no policy '\(policy)'; there are \(MatchPolicy.all.map(\.name).joined(separator: ", ")).")
    }
  }

  func run() throws {
    var query: ResourceQuery
    var lines: [Substring]?
    do throws(QueryFault) {
      query = try loaded()
      if let script { lines = Self.lines(try DocumentFile(script).bytes) }
    } catch {
      Console.note("error: \(error.message)")
      throw ExitCode(1)
    }
    var rest = lines?[...]
    // Standard input is read as it comes, so that people and pipes see each answer before the next command.
    let hasFault = perform(on: &query) {
      if rest == nil { return readLine().map { $0[...] } }
      return rest?.popFirst()
    }
    if hasFault { throw ExitCode(1) }
  }

  private func loaded() throws(QueryFault) -> ResourceQuery {
    let before = ResidentMemory.bytes()
    let start = ContinuousClock.now
    var query = try ResourceQuery(try document(), policy: MatchPolicy(named: policy) ?? .first)
    query.measurements = Measurements(load: ContinuousClock.now - start, bytesBefore: before)
    return query
  }

  private static func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  private func document() throws(QueryFault) -> GraphDocument {
    if let load { return try DocumentFile(load).graph() }
    do throws(FormatError) {
      return try Recipe.read(.string(recipe ?? ""))
    } catch {
      throw QueryFault(error, in: "recipe")
    }
  }

  /// - Returns: whether any command was wrong.
  private func perform(on query: inout ResourceQuery, next: () -> Substring?) -> Bool {
    var number = 0
    var hasFault = false
    while let line = next() {
      number += 1
      do throws(QueryFault) {
        if echo, !line.isEmpty { Console.line("> \(line)") }
        let words = try CommandWords.split(line)
        guard let command = words.first else { continue }
        if command == "quit" { return hasFault }
        Console.lines(try query.run(words))
      } catch {
        hasFault = true
        Console.line("error: line \(number): \(error.message)")
      }
    }
    return hasFault
  }
}

import Foundation
import Testing

/// Scripts of commands with the exact records and effects that they lead to.
///
/// A block is commands, `----`, and what they lead to. `UPDATE_SCENARIOS=1` writes the second half anew: commit
/// such a change only if you understand what caused it.
@Suite("Scenarios")
struct ScenarioTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")

  static var names: [String] {
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (files ?? []).filter { $0.hasSuffix(".txt") }.sorted()
  }

  @Test("There are scenarios")
  func thereAreScenarios() { #expect(Self.names.count >= 16) }

  @Test("The scenario leads to exactly the records and effects that it tells", arguments: names)
  func scenarioHolds(name: String) throws {
    let file = Self.folder.appending(path: name)
    let text = try String(contentsOf: file, encoding: .utf8)
    var world = ScenarioWorld()
    var rewritten: [String] = []
    for block in text.components(separatedBy: "\n\n") {
      let lines = block.split(separator: "\n").map(String.init)
      let commands = Array(lines.prefix { $0 != "----" })
      let output = commands.filter { !$0.hasPrefix("#") }.flatMap { world.run($0) }
      rewritten.append((commands + (output.isEmpty ? [] : ["----"] + output)).joined(separator: "\n"))
    }
    let result = rewritten.joined(separator: "\n\n") + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_SCENARIOS"] == "1" {
      try result.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(result == text)
    }
  }
}

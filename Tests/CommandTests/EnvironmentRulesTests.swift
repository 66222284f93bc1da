import Testing

@testable import sluice

@Suite("Environment rules")
struct EnvironmentRulesTests {
  private let caller = [
    "PATH": "/bin", "HOME": "/h", "SLUICE_TOKEN": "secret", "FLUX_URI": "local:", "OMP_A": "1", "OMP_B": "2",
  ]

  private func applied(_ rules: String...) throws -> [String: String] {
    try EnvironmentRules(rules).applied(to: caller)
  }

  @Test("Without rules a job gets everything but what concerns a broker")
  func defaults() throws {
    #expect(try applied() == ["PATH": "/bin", "HOME": "/h", "OMP_A": "1", "OMP_B": "2"])
  }

  @Test("Rules set, remove and take, in the order given")
  func rules() throws {
    #expect(try applied("-*") == [:])
    #expect(try applied("-*", "PATH") == ["PATH": "/bin"])
    #expect(try applied("-*", "OMP_*", "-OMP_B", "X=a=b") == ["OMP_A": "1", "X": "a=b"])
    #expect(try applied("X=1", "-*") == [:])
    #expect(try applied("-*", "PATH=", "HOME=~")["PATH"] == "")
  }

  @Test("A broker's variables are not taken by a pattern, but may be set by name")
  func withheld() throws {
    #expect(try applied("-*", "*")["SLUICE_TOKEN"] == nil)
    #expect(try applied("-*", "FLUX_X=1") == ["FLUX_X": "1"])
  }

  @Test("Rules of a file stand where the file is named")
  func files() throws {
    let rules = try EnvironmentRules(["-*", "^f", "X=2"]) { file in ["# of \(file)", "", "  X=1", "OMP_?", "-OMP_B"] }
    #expect(rules.applied(to: caller) == ["X": "2", "OMP_A": "1"])
    #expect(throws: (any Error).self) { try EnvironmentRules(["^f"]) { _ in ["^g"] } }
  }

  @Test("What is no rule is refused", arguments: ["", "-", "=x", "-A=b", "^f"])
  func malformed(text: String) {
    #expect(throws: EnvironmentRules.MalformedRule.self) { try EnvironmentRules([text]) }
  }
}

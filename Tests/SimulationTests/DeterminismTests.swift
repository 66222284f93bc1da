import TestKit
import Testing

@Suite("Determinism")
struct DeterminismTests {
  /// What some worlds did, one line a seed.
  static func traces() throws -> [String] {
    try (UInt64(1)...6).map { seed in
      let report = try Simulation(seed: seed).run(steps: 3_000)
      return "trace of \(seed): \(report.trace.value) after \(report.steps) steps, \(report.records) records"
    }
  }

  @Test("The same seed gives the same trace in the same process")
  func sameProcess() throws { #expect(try Self.traces() == Self.traces()) }

  /// Hash tables are seeded anew in every process: an order that leaks out of one shows here.
  @Test("The same seed gives the same trace in another process")
  func anotherProcess() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      for line in try DeterminismTests.traces() { print(line) }
    }
    let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    for line in try Self.traces() { #expect(output.contains(line)) }
  }
}

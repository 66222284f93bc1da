import Foundation
import TestKit
import Testing

/// Hash tables are seeded anew in every process: an order that leaks out of one shows when two are compared.
/// `make test` runs this suite twice with one `SLUICE_TRACE_FILE`: the first run writes it, the second compares.
@Suite("Determinism")
struct DeterminismTests {
  /// What some worlds did, one line a seed.
  static func traces() throws -> [String] {
    try (UInt64(1)...6).map { seed in
      let report = try Simulation(seed: seed).run(steps: 3_000)
      return "trace of \(seed): \(report.trace.value) after \(report.steps) steps, \(report.records) records"
    }
  }

  @Test("The same seed gives the same trace, in the same process and in another")
  func sameTraces() throws {
    let traces = try Self.traces()
    #expect(try traces == Self.traces())
    guard let path = ProcessInfo.processInfo.environment["SLUICE_TRACE_FILE"] else { return }
    let text = traces.joined(separator: "\n")
    if let earlier = try? String(contentsOfFile: path, encoding: .utf8) {
      #expect(text == earlier)
      print("compared with the traces of another process")
    } else {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
  }
}

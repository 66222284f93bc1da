import Testing
import Vocabulary

@testable import sluice

@Suite("Outcomes")
struct OutcomeTests {
  private func outcome(_ members: JSONObject) -> JobOutcome { JobOutcome(.object(members)) }

  @Test("The exit code is the job's, 128 and the signal's number, or 1 when it never ran")
  func codes() {
    #expect(
      outcome(["result": .string("COMPLETED"), "exit_code": .integer(0), "signal": .null]).exitCode == 0)
    #expect(outcome(["result": .string("COMPLETED"), "exit_code": .integer(0)]).message == nil)
    #expect(outcome(["result": .string("FAILED"), "exit_code": .integer(3)]).exitCode == 3)
    #expect(
      outcome(["result": .string("FAILED"), "exit_code": .null, "signal": .integer(9)]).exitCode == 137)
    #expect(outcome(["result": .string("CANCELED"), "exit_code": .integer(0)]).exitCode == 1)
    #expect(outcome(["result": .string("CANCELED"), "signal": .null]).exitCode == 1)
    #expect(outcome([:]).exitCode == 1)
  }

  @Test("The message names the exception")
  func messages() {
    let cancelled = outcome([
      "result": .string("CANCELED"), "signal": .integer(15),
      "exception": .object(["type": .string("cancel"), "severity": .integer(0), "note": .string("by ada")]),
    ])
    #expect(cancelled.message == "canceled: ended by signal 15 (cancel: by ada)")
  }

  @Test("An ensemble's tally follows the events of its own jobs to the highest exit code")
  func tally() {
    var tally = EnsembleTally(["f1", "f2", "f3"])
    #expect(tally.pending == 3)
    tally.take("f1", "start", nil)
    tally.take("f9", "clean", nil)
    #expect(tally.pending == 2 && tally.running.count == 1)
    tally.take("f1", "finish", .object(["status": .integer(2 << 8)]))
    tally.take("f1", "clean", nil)
    tally.take("f1", "clean", nil)
    #expect(tally.failed == 1 && tally.exitCode == 2)
    tally.take("f2", "exception", .object(["severity": .integer(0)]))
    tally.take("f2", "clean", nil)
    tally.take("f3", "start", nil)
    tally.take("f3", "finish", .object(["status": .integer(9)]))
    tally.take("f3", "requeue", nil)
    #expect(tally.pending == 1)
    tally.take("f3", "start", nil)
    tally.take("f3", "finish", .object(["status": .integer(0)]))
    tally.take("f3", "clean", nil)
    #expect(tally.isComplete && tally.completed == 1 && tally.failed == 2 && tally.exitCode == 2)
  }

  @Test(
    "Wait statuses become exit codes as a shell has it",
    arguments: [(0, 0), (256, 1), (0x7f00, 127), (9, 137), (139, 139)])
  func waitStatuses(status: Int64, code: Int32) {
    #expect(EnsembleTally.exitCode(waitStatus: status) == code)
  }

  @Test("A progress bar tells how many wait, run, completed and failed")
  func progress() {
    var tally = EnsembleTally((0..<4).map { "f\($0)" })
    tally.take("f0", "start", nil)
    tally.take("f1", "clean", nil)
    let terminal = Terminal(isTerminal: true, width: 60, environment: [:])
    func line(_ state: ProgressBar.State, rate: Bool = false) -> String {
      ProgressBar.line(state, total: 4, seconds: 2, showsRate: rate, terminal: terminal)
    }
    #expect(line(.followed(tally.counts)).hasPrefix("PD:2 R:1 CD:1 F:0 |####"))
    #expect(line(.followed(tally.counts)).hasSuffix("| 25% 2s"))
    #expect(line(.followed(tally.counts), rate: true).hasSuffix("| 25% 0.5 job/s"))
    #expect(line(.submitted(2)).hasPrefix("Submitting 4 jobs: |####") && line(.submitted(2)).contains("| 50% "))
    #expect(line(.submitted(4), rate: true).count <= 60)
  }

  @Test("A job that had the awaited event is done with; one that ends without it has failed")
  func awaited() {
    var tally = EnsembleTally(["f1", "f2", "f3"], awaiting: "start")
    tally.take("f1", "start", nil)
    tally.take("f1", "finish", .object(["status": .integer(2 << 8)]))
    #expect(tally.completed == 1 && tally.outstanding == ["f2", "f3"] && tally.exitCode == 0)
    tally.take("f2", "clean", nil)
    tally.take(ended: "f3", outcome(["result": .string("COMPLETED"), "exit_code": .integer(0)]))
    #expect(tally.isComplete && tally.failed == 2 && tally.exitCode == 1)
  }
}

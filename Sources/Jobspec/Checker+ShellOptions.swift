import Vocabulary

/// Readers of the shell options that a shepherd carries out: one that cannot be read is refused, because the job
/// would otherwise run in a way that nobody asked for.
/// - Source: flux-shell-options(7).
extension Checker {
  /// Signals of Linux.
  private static let signals: ClosedRange<Int64> = 1...64

  mutating func checkShellOptions(_ options: JSONObject) {
    for member in options.members {
      within(member.name) { checker in
        switch member.name {
        case "pmi": checker.checkPMI(member.value)
        case "exit-timeout": checker.checkExitTimeout(member.value)
        case "exit-on-error": checker.checkSwitch(member.value)
        case "signal": checker.checkSignal(member.value)
        case "output": checker.checkBuffers(member.value)
        default: break
        }
      }
    }
  }

  /// `stdout.buffer.type` and `stderr.buffer.type`: whether lines stay whole, or bytes are passed on as they come.
  private mutating func checkBuffers(_ output: JSONValue) {
    for stream in ["stdout", "stderr"] {
      guard let type = output[stream]?["buffer"]?["type"], type != .string("line"), type != .string("none") else {
        continue
      }
      within(stream) { $0.within("buffer") { $0.report(at: "type", "must be \"line\" or \"none\"") } }
    }
  }

  private mutating func checkPMI(_ value: JSONValue) {
    if value != .string("off"), value != .string("simple") { report("must be \"simple\" or \"off\"") }
  }

  private mutating func checkExitTimeout(_ value: JSONValue) {
    if value != .string("none") { _ = flexibleDuration(value) }
  }

  /// Command lines write 1 for "on".
  private mutating func checkSwitch(_ value: JSONValue) {
    switch value {
    case .bool, .integer(0), .integer(1): break
    default: report("must be true or false, or 1 or 0")
    }
  }

  private mutating func checkSignal(_ value: JSONValue) {
    guard let object = object(value) else { return }
    requireMembers(["signum", "timeleft"], of: object)
    for member in object.members {
      switch member.name {
      case "signum": _ = within("signum") { $0.integer(member.value, in: Self.signals) }
      case "timeleft": _ = within("timeleft") { $0.flexibleDuration(member.value) }
      default: reportUnknown(member.name, allowed: ["signum", "timeleft"])
      }
    }
  }
}

import ArgumentParser
import Vocabulary

/// A signal that a job gets some time before its limit ends it: `USR1@2m`, where either part may be left out.
///
/// - Source: flux-submit(1), `--signal`; flux-shell-options(7), `signal`.
struct WarningSignal: Equatable {
  let number: Int32
  let before: TimeSpan

  init(_ text: String) throws(ValidationError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0].isEmpty ? "USR1" : parts[0]
    let time = parts.count == 2 && !parts[1].isEmpty ? parts[1] : "60s"
    guard let number = Int32(name) ?? Self.number(of: name), (1...64).contains(number),
      let before = try? TimeSpan(fsd: time[...]), before != .unlimited
    else {
      throw ValidationError("'\(text)' is no signal and time: write USR1@60s, TERM, or @5m.")
    }
    self.number = number
    self.before = before
  }

  /// As a shell option.
  var json: JSONValue { .object(["signum": .integer(Int64(number)), "timeleft": .real(before.seconds)]) }

  private static func number(of name: String) -> Int32? {
    let name = name.uppercased()
    let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
    return names.firstIndex(of: short).map { Int32($0) + 1 }
  }

  /// Of Linux, from 1 on.
  private static let names = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
  ]
}

import Vocabulary

/// How a job ended, as a shell would say it.
struct JobOutcome {
  /// The job's own exit code; 128 and the signal's number when a signal ended it; 1 when it never ran.
  let exitCode: Int32
  /// One line for people; `nil` when the job completed.
  let message: String?

  /// - Parameter job: an inactive job, as the API describes it.
  init(_ job: JSONValue) {
    let result = job["result"]?.string ?? "FAILED"
    if let signal = job["signal"]?.integer {
      exitCode = 128 + Int32(clamping: signal)
      message = "\(result.lowercased()): ended by signal \(signal)" + Self.note(job)
    } else if let code = job["exit_code"]?.integer, code != 0 || result == "COMPLETED" {
      exitCode = Int32(clamping: code)
      message = code == 0 ? nil : "\(result.lowercased()): exit code \(code)" + Self.note(job)
    } else {
      exitCode = result == "COMPLETED" ? 0 : 1
      message = exitCode == 0 ? nil : result.lowercased() + Self.note(job)
    }
  }

  private static func note(_ job: JSONValue) -> String {
    guard let exception = job["exception"], let type = exception["type"]?.string else { return "" }
    let note = exception["note"]?.string ?? ""
    return " (\(type)\(note.isEmpty ? "" : ": \(Terminal.harmless(note))"))"
  }
}

import ArgumentParser

/// The batch job in which a command is called, where it is called in one or in one of its steps.
enum EnclosingJob {
  /// Its id, as the broker tells it to the job's tasks.
  static var id: String? {
    ProcessEnvironment.current["SLUICE_ENCLOSING_ID"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A query's terms for what that job has submitted; `nil` outside of batch jobs.
  static var ownSteps: String? { id.map { "within:\($0)" } }

  /// A query, narrowed to what the job around us has submitted.
  static func narrowed(_ query: String?) -> String? {
    guard let ownSteps else { return query }
    return query.map { "\(ownSteps) (\($0))" } ?? ownSteps
  }
}

/// Whether jobs that run within others are shown, as `flux jobs -R` shows those of instances within.
struct RecursionOptions: ParsableArguments {
  @Flag(
    name: [.customShort("R"), .long],
    help: "Jobs that run within others too. Without it: in a batch job its steps, elsewhere none.")
  var recursive = false

  /// A parameter of the list of jobs.
  var filter: [(String, String)] { recursive ? [] : [("q", EnclosingJob.ownSteps ?? "within:none")] }
}

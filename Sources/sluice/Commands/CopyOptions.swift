import ArgumentParser
import Vocabulary

/// How many copies of each job.
struct CopyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Submit one copy for each number, such as 0-9; {cc} becomes the number.",
      discussion: """
        FLUX_JOB_CC has the number too. Copies that do not say {cc} are one document to the broker, and cheap by the \
        hundred thousand.
        """, valueName: "idset"))
  var cc: String?

  @Option(help: ArgumentHelp("The same as --cc, by another of Flux's names.", valueName: "idset"))
  var bcc: String?

  @Option(
    help: ArgumentHelp("With --cc or --bcc: so many of the copies at most run at one time.", valueName: "count"))
  var throttle: Int?

  func validate() throws {
    if cc != nil, bcc != nil { throw ValidationError("--cc and --bcc exclude each other.") }
    if throttle != nil, set == nil { throw ValidationError("--throttle goes with --cc or --bcc.") }
  }

  var set: String? { cc ?? bcc }
  var option: String { bcc == nil ? "--cc" : "--bcc" }

  /// How many copies; `nil` where there is but the job itself.
  var count: Int? {
    get throws(ValidationError) {
      guard let set else { return nil }
      return try Self.count(of: set)
    }
  }

  static func count(of set: String) throws(ValidationError) -> Int {
    guard let ids = try? Idset(parsing: set), !ids.isEmpty else {
      throw ValidationError("'\(set)' is no set of numbers such as 0-9,12.")
    }
    return ids.count
  }

  /// As members of a submission.
  func put(_ set: String, into body: inout JSONObject) throws(ValidationError) {
    _ = try Self.count(of: set)
    body["cc"] = .string(set)
    if let throttle { body["throttle"] = .integer(Int64(throttle)) }
  }
}

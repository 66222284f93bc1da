import BrokerCore
import Jobs
import Jobspec
import Vocabulary

/// The jobs that a request names by what they have in common.
enum JobSelection {
  static let fields = ["state", "user", "name", "queue", "q", "all"]

  /// - Throws: 422 unless something narrows the selection or `all` is true.
  static func filter(_ fields: ClosedObject) throws(Problem) -> JobFilter {
    var filter = JobFilter(states: .active)
    if let text = try fields.text("state", upTo: 256) {
      filter.states = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let states = JobStates(name: name), states.isSubset(of: .active) else {
          throw Problem(invalid: "/state", "must name active states such as PENDING or RUN")
        }
        filter.states.formUnion(states)
      }
    }
    filter.user = try fields.text("user", upTo: 256)
    filter.name = try fields.text("name", upTo: 256)
    filter.queue = try fields.text("queue", upTo: 256)
    if let text = try fields.text("q", upTo: JobspecLimits.maximumQueryBytes) {
      do throws(SyntaxFault) { filter.query = try JobQuery(text) } catch {
        throw Problem(invalid: "/q", "at byte \(error.offset): \(error.message)")
      }
    }
    guard try fields.flag("all") || filter != JobFilter(states: .active) else {
      throw Problem(invalid: "/all", "must be true to mean every active job that is yours")
    }
    return filter
  }
}

/// The signals that a request may name.
enum SignalName {
  /// As in signal(7), on Linux for the usual processors.
  private static let names = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
  ]
  static let highest: Int64 = 64

  /// `SIGUSR1`, `USR1` or `10`.
  static func number(_ value: JSONValue) -> Int32? {
    if let number = value.integer { return (1...highest).contains(number) ? Int32(number) : nil }
    guard let text = value.string?.uppercased() else { return nil }
    let name = text.hasPrefix("SIG") ? String(text.dropFirst(3)) : text
    return names.firstIndex(of: name).map { Int32($0) + 1 }
  }
}

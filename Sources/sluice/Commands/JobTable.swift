import APIClient
import Vocabulary

/// Jobs in a table, in the columns of `flux jobs`.
struct JobTable {
  private var table = Table([
    .init("JOBID"), .init("USER", maximumWidth: 12), .init("NAME", maximumWidth: 24), .init("ST"),
    .init("NTASKS", .right), .init("NNODES", .right), .init("TIME", .right), .init("INFO", maximumWidth: 80),
  ])
  private let now: Timestamp
  private let terminal: Terminal

  init(now: Timestamp, terminal: Terminal) {
    self.now = now
    self.terminal = terminal
  }

  mutating func append(_ job: JSONValue) {
    let (status, style) = Self.status(job)
    table.append([
      .init(terminal.jobID(job["id"]?.string ?? "?")), .init(Self.text(job["user"])),
      .init(Self.text(job["name"])),
      .init(status, style), .init(Self.text(job["ntasks"])), .init(Self.text(job["nnodes"])),
      .init(Self.runTime(job, now: now)), .init(Self.information(job)),
    ])
  }

  func lines(withHeader: Bool) -> [String] { table.lines(for: terminal, withHeader: withHeader) }

  /// Flux's abbreviations: the state of an active job, the result of an ended one.
  static func status(_ job: JSONValue) -> (String, Terminal.Style?) {
    switch job["result"]?.string {
    case "COMPLETED": return ("CD", .green)
    case "FAILED": return ("F", .red)
    case "CANCELED": return ("CA", .yellow)
    case "TIMEOUT": return ("TO", .red)
    default: break
    }
    switch job["state"]?.string {
    case "DEPEND": return ("D", nil)
    case "PRIORITY": return ("P", nil)
    case "SCHED": return ("S", nil)
    case "RUN": return ("R", .blue)
    case "CLEANUP": return ("C", .blue)
    case let other: return (other ?? "?", nil)
    }
  }

  /// From start to end, or until now; `-` when it has not begun.
  static func runTime(_ job: JSONValue, now: Timestamp) -> String {
    guard let begin = moment(job["t_run"]) else { return "-" }
    let end = moment(job["t_cleanup"]) ?? moment(job["t_inactive"]) ?? now
    return duration(max(0, end.since(begin).seconds))
  }

  /// Four significant digits in the largest unit that leaves something before the point, as `flux jobs`
  /// shows.
  static func duration(_ seconds: Double) -> String {
    let (value, unit): (Double, String) =
      switch seconds {
      case ..<60: (seconds, "s")
      case ..<3_600: (seconds / 60, "m")
      case ..<86_400: (seconds / 3_600, "h")
      default: (seconds / 86_400, "d")
      }
    var places = 3
    var bound = 10.0
    while value >= bound, places > 0 { (places, bound) = (places - 1, bound * 10) }
    return fixed(value, places) + unit
  }

  /// `value` with at most `places` decimals, without zeros at the end.
  static func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((value * scale).rounded())
    let whole = scaled / Int(scale)
    var decimals = String(scaled % Int(scale))
    decimals = String(repeating: "0", count: max(0, places - decimals.count)) + decimals
    while decimals.last == "0" { decimals.removeLast() }
    return places == 0 || decimals.isEmpty ? "\(whole)" : "\(whole).\(decimals)"
  }

  private static func moment(_ value: JSONValue?) -> Timestamp? {
    value?.string.flatMap { Timestamp(rfc3339: $0) }
  }

  /// Where it runs, or what went wrong.
  private static func information(_ job: JSONValue) -> String {
    if let exception = job["exception"], let type = exception["type"]?.string {
      return [type, exception["note"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
    }
    return job["nodelist"]?.string ?? ""
  }

  static func text(_ value: JSONValue?) -> String {
    switch value {
    case nil, .null: "-"
    case .string(let text): text
    case let other?: other.jsonText
    }
  }
}

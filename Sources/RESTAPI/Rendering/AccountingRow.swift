import Jobs
import Jobspec
import ResourceGraph
import Vocabulary

/// A job as a line of comma-separated values, for accounting.
///
/// - Source: RFC 4180. A user's text that a spreadsheet would take for a formula gets an apostrophe before it.
enum AccountingRow {
  static let columns = [
    "id", "user", "tenant", "queue", "bank", "project", "name", "state", "result", "exit_code", "signal", "attempts",
    "t_submit", "t_start", "t_end", "elapsed_s", "ntasks", "nodes", "cores", "gpus", "node_hours", "core_hours",
    "gpu_hours", "cpu_s", "peak_memory_kib", "within",
  ]

  static var header: [UInt8] { Array((columns.joined(separator: ",") + "\r\n").utf8) }

  static func line(_ job: Job, _ graph: ResourceGraph?, now: Timestamp) -> [UInt8] {
    let usage = JobUsage(of: job, graph, now: now)
    let outcome = job.outcome
    let start = job.runAt
    let end = job.cleanupAt ?? job.endedAt
    let elapsed = start.map { max(0, (end ?? now).since($0).seconds) }
    let system = job.jobspec.system
    let fields: [String] = [
      job.id.f58, given(job.owner.name), given(job.owner.tenant), given(job.queue), given(system.bank),
      given(system.project), given(job.name), job.state.name, job.result?.name ?? "",
      outcome?.exitCode.map { String($0) } ?? "", outcome?.signal.map { String($0) } ?? "", String(job.attempt),
      job.submittedAt.rfc3339, start?.rfc3339 ?? "", start == nil ? "" : end?.rfc3339 ?? "",
      elapsed.map { decimal($0, 3) } ?? "", String(job.jobspec.demand.taskCount), String(usage.nodes),
      String(usage.cores), String(usage.gpus), decimal(usage.nodeSeconds / 3_600, 6),
      decimal(usage.coreSeconds / 3_600, 6), decimal(usage.gpuSeconds / 3_600, 6), decimal(usage.cpuSeconds, 3),
      usage.peakMemoryKiB.map { String($0) } ?? "", job.within?.f58 ?? "",
    ]
    return Array((fields.joined(separator: ",") + "\r\n").utf8)
  }

  /// A text that somebody chose.
  static func given(_ text: String?) -> String {
    guard let text, let first = text.unicodeScalars.first else { return "" }
    let safe = "=+-@\t\r".unicodeScalars.contains(first) ? "'" + text : text
    guard safe.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return safe }
    var quoted = "\""
    for character in safe { quoted += character == "\"" ? "\"\"" : String(character) }
    return quoted + "\""
  }

  /// With so many decimals, and no exponent.
  static func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    // Far beyond what any job can hold, and within what an integer can.
    let scaled = Int64((min(max(0, value), 1e12) * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return padded.dropLast(places) + "." + padded.suffix(places)
  }
}

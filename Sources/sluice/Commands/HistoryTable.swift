import Vocabulary

/// Ended jobs and what they used, for people.
struct HistoryTable {
  static let pageSize = 1_000

  private var table = Table([
    .init("JOBID"), .init("USER", maximumWidth: 12), .init("NAME", maximumWidth: 24), .init("ST"),
    .init("EXIT", .right), .init("START"), .init("TIME", .right), .init("NODES", .right), .init("CORES", .right),
    .init("CORE-HOURS", .right), .init("CPU", .right), .init("MEMORY", .right),
  ])

  var count: Int { table.rows.count }

  mutating func append(_ job: JSONValue) {
    let (status, style) = JobTable.status(job)
    let exit = job["signal"]?.integer.map { "SIG\($0)" } ?? JobTable.text(job["exit_code"])
    let start = job["t_start"]?.string.map { String($0.prefix(19)) } ?? "-"
    table.append([
      .init(Terminal.output.jobID(JobTable.text(job["id"]))), .init(JobTable.text(job["user"])),
      .init(JobTable.text(job["name"])), .init(status, style), .init(exit), .init(start),
      .init(Self.duration(job["elapsed_s"])), .init(JobTable.text(job["nodes"])), .init(JobTable.text(job["cores"])),
      .init(Self.hours(job["core_hours"])), .init(Self.duration(job["cpu_s"])),
      .init(Self.memory(job["peak_memory_kib"])),
    ])
  }

  func lines(withHeader: Bool) -> [String] { table.lines(for: .output, withHeader: withHeader) }

  private static func duration(_ value: JSONValue?) -> String { value?.number.map(JobTable.duration) ?? "-" }

  static func hours(_ value: JSONValue?) -> String { value?.number.map { JobTable.fixed($0, 3) } ?? "-" }

  /// KiB in the largest unit that leaves something before the point.
  static func memory(_ value: JSONValue?) -> String {
    guard var amount = value?.number else { return "-" }
    var units = ["K", "M", "G", "T"][...]
    while amount >= 1_024, units.count > 1 {
      amount /= 1_024
      units.removeFirst()
    }
    return JobTable.fixed(amount, amount < 10 ? 1 : 0) + (units.first ?? "")
  }
}

/// What each user's jobs used together.
struct UsageTotals {
  private struct Sums {
    var jobs = 0
    var nodeHours = 0.0
    var coreHours = 0.0
    var gpuHours = 0.0
    var cpuSeconds = 0.0
  }

  private var sums: [String: Sums] = [:]

  mutating func add(_ job: JSONValue) {
    var sum = sums[JobTable.text(job["user"])] ?? Sums()
    sum.jobs += 1
    sum.nodeHours += job["node_hours"]?.number ?? 0
    sum.coreHours += job["core_hours"]?.number ?? 0
    sum.gpuHours += job["gpu_hours"]?.number ?? 0
    sum.cpuSeconds += job["cpu_s"]?.number ?? 0
    sums[JobTable.text(job["user"])] = sum
  }

  /// Whoever used most comes first.
  func lines(for terminal: Terminal, withHeader: Bool) -> [String] {
    var table = Table([
      .init("USER"), .init("JOBS", .right), .init("NODE-HOURS", .right), .init("CORE-HOURS", .right),
      .init("GPU-HOURS", .right), .init("CPU-HOURS", .right),
    ])
    for (user, sum) in sums.sorted(by: { ($1.value.coreHours, $0.key) < ($0.value.coreHours, $1.key) }) {
      let hours = [sum.nodeHours, sum.coreHours, sum.gpuHours, sum.cpuSeconds / 3_600]
      table.append([.init(user), .init(String(sum.jobs))] + hours.map { .init(JobTable.fixed($0, 3)) })
    }
    return table.lines(for: terminal, withHeader: withHeader)
  }
}

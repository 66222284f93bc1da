import Jobs
import Jobspec
import ResourceGraph
import Vocabulary

/// Jobs as the API shows them.
enum JobRendering {
  static func write(
    _ job: Job, _ graph: ResourceGraph?, notes: SchedulingNotes? = nil, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.field("id", job.id)
    writer.field("user", job.owner.name)
    writer.field("tenant", job.owner.tenant)
    writer.field("name", job.name)
    text(job.queue, "queue", &writer)
    text(job.within?.f58, "within", &writer)
    number(job.copy, "cc", &writer)
    writer.field("state", job.state.name)
    text(job.result?.name, "result", &writer)
    writer.name("dependencies")
    writer.array { writer in for dependency in job.unmet { writer.value(dependency.description) } }
    writer.field("urgency", Int(job.urgency))
    writer.field("priority", UInt64(job.priority))
    writer.field("attempt", UInt64(job.attempt))
    writeSize(job, graph, &writer)
    writer.field("duration", job.duration.seconds)
    time(job.submittedAt, "t_submit", &writer)
    time(job.submittedAt, "t_depend", &writer)
    let runAt = job.history.isEmpty ? nil : job.runAt
    time(runAt, "t_run", &writer)
    time(job.cleanupAt, "t_cleanup", &writer)
    time(job.endedAt, "t_inactive", &writer)
    time(job.expiration, "expiration", &writer)
    writer.field("memo", .object(job.memo))
    writeOutcome(job, &writer)
    notes?.write(to: &writer)
    writer.endObject()
  }

  /// What it asked for, and what it has.
  private static func writeSize(_ job: Job, _ graph: ResourceGraph?, _ writer: inout JSONWriter) {
    let demand = job.jobspec.demand
    let shares = job.allocation.flatMap { graph?.shares(of: $0) }
    number(shares?.count ?? demand.nodes, "nnodes", &writer)
    writer.field("ntasks", demand.taskCount)
    writer.field("ncores", shares?.reduce(0) { $0 + $1.cores.count } ?? demand.totalCores)
    writer.field("ngpus", shares?.reduce(0) { $0 + $1.gpus.count } ?? demand.totalGPUs)
    text(shares.map { Idset($0.map(\.rank)).description }, "ranks", &writer)
    text(shares.map { nodelist(of: $0) }, "nodelist", &writer)
  }

  /// The host names in Flux's compact form; plainly joined where a name is beyond that form.
  private static func nodelist(of shares: [NodeShare]) -> String {
    let names = shares.map(\.hostname)
    return (try? Hostlist(names))?.description ?? names.joined(separator: ",")
  }

  private static func writeOutcome(_ job: Job, _ writer: inout JSONWriter) {
    let outcome = job.history.isEmpty ? nil : job.outcome
    number(outcome?.waitStatus, "waitstatus", &writer)
    number(outcome?.exitCode, "exit_code", &writer)
    number(outcome?.signal, "signal", &writer)
    guard let exception = job.fatalException else { return writer.nullField("exception") }
    writer.name("exception")
    writer.object { writer in
      writer.field("type", exception.type)
      writer.field("severity", Int(exception.severity))
      writer.field("note", exception.note)
    }
  }

  private static func text(_ value: String?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, value) } else { writer.nullField(name) }
  }

  private static func number(_ value: (some BinaryInteger)?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, Int(value)) } else { writer.nullField(name) }
  }

  private static func time(_ value: Timestamp?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, value) } else { writer.nullField(name) }
  }

  /// The raw eventlog: a JSON object a line, times in float seconds.
  /// - Source: Flux RFC 18.
  static func eventlog(of job: Job) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in job.eventlog {
      var writer = JSONWriter(reservingCapacity: 128)
      writer.object { writer in
        writer.field("timestamp", entry.at.seconds)
        writer.field("name", entry.name)
        if !entry.context.isEmpty { writer.field("context", .object(entry.context)) }
      }
      bytes += writer.take()
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  /// R, version 1.
  /// - Source: Flux RFC 20.
  static func resources(of allocation: Allocation, startedAt: Timestamp, _ graph: ResourceGraph) -> JSONValue {
    let shares = graph.shares(of: allocation)
    let lite = shares.map { share -> JSONValue in
      var children: JSONObject = ["core": .string(Idset(share.cores).description)]
      if !share.gpus.isEmpty { children["gpu"] = .string(Idset(share.gpus).description) }
      return .object(["rank": .string(String(share.rank)), "children": .object(children)])
    }
    return .object([
      "version": .integer(1),
      "execution": .object([
        "R_lite": .array(lite),
        "nodelist": .array([.string(nodelist(of: shares))]),
        "starttime": .real(startedAt.seconds), "expiration": .real(allocation.expiration?.seconds ?? 0),
      ]),
    ])
  }
}

import Hosting
import Jobs
import ResourceGraph
import Scheduling
import Vocabulary

/// What the scheduler says of a job, under Flux's names of annotations.
///
/// - Source: flux-sched's `sched.t_estimate`, `sched.resource_summary`, `sched.reason_pending`; RFC 27 for the form.
struct SchedulingNotes {
  private let outlook: Outlook?
  private let selection: Plan.Selection?
  private let summary: String?

  init(of job: Job, _ graph: ResourceGraph?, _ outlooks: Outlooks) {
    outlook = job.phase == .waiting ? outlooks.outlook(of: job.id) : nil
    selection = job.phase.isExecuting ? outlooks.selection(of: job.id) : nil
    summary =
      job.phase.isExecuting
      ? job.allocation.flatMap { graph?.shares(of: $0) }.map(Self.summary) : nil
  }

  /// Nothing when there is nothing to say.
  func write(to writer: inout JSONWriter) {
    guard outlook != nil || selection != nil || summary != nil else { return }
    writer.name("annotations")
    writer.object { writer in
      writer.name("sched")
      writer.object { writer in
        if let start = outlook?.estimatedStart { writer.field("t_estimate", start.seconds) }
        if let outlook { writer.field("reason_pending", outlook.reason) }
        if let selection { writer.field("selection_type", selection.rawValue) }
        if let summary { writer.field("resource_summary", summary) }
      }
    }
  }

  /// `rank[0-1]/core[0-3],gpu0`: hosts that have the same are one entry.
  private static func summary(_ shares: [NodeShare]) -> String {
    var ranks: [String: [Int]] = [:]
    var order: [String] = []
    for share in shares {
      var parts = [bracketed("core", share.cores)]
      if !share.gpus.isEmpty { parts.append(bracketed("gpu", share.gpus)) }
      let text = parts.joined(separator: ",")
      if ranks[text] == nil { order.append(text) }
      ranks[text, default: []].append(share.rank)
    }
    return order.map { "\(bracketed("rank", ranks[$0] ?? []))/\($0)" }.joined(separator: " ")
  }

  private static func bracketed(_ name: String, _ ids: [Int]) -> String {
    ids.count == 1 ? "\(name)\(ids[0])" : "\(name)[\(Idset(ids))]"
  }
}

import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

extension API {
  static var explainRoutes: [Route] {
    [Route("GET", "/v1/jobs/{id}/explain", .none { api, context throws(Problem) in try api.explainJob(context) })]
  }

  /// Why a job does not run, and what would change that.
  private func explainJob(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let id = try jobID(context)
    return try workOut(on: explanations, context) { [self] () throws(Problem) in
      let state = broker.snapshot
      let job = try visibleJob(id, context)
      let outlook = broker.outlooks.outlook(of: id)
      let explanation = job.phase == .waiting ? state.explanation(of: job) : nil
      return Answers.object(200, context.requestID) { writer in
        writer.field("id", id)
        writer.field("state", job.state.name)
        writer.field("reason", Self.reason(job, state.rules(of: job), outlook, explanation))
        if let start = outlook?.estimatedStart {
          writer.field("estimated_start", start)
        } else {
          writer.nullField("estimated_start")
        }
        guard let explanation else { return }
        writer.name("resources")
        writer.object { ExplanationRendering.writeMembers(explanation, to: &$0) }
      }
    }
  }

  /// What stands in the job's way first.
  private static func reason(
    _ job: Job, _ rules: QueueRules, _ outlook: Outlook?, _ explanation: Explanation?
  ) -> String {
    switch job.phase {
    case .waiting: break
    case .ended: return "it has ended: \(job.result?.name ?? "")"
    case .depending: return "it waits for \(job.unmet.map(\.description).joined(separator: ", "))"
    case .allocated where job.stage == .prolog: return "it has its resources, and its prolog runs on them"
    case .finished where job.awaitsSteps: return "its tasks have ended, and its steps are being ended"
    case .finished: return "its tasks have ended, and its epilog runs"
    case .stopping, .released: return "it is being cleaned up"
    default: return "it has its resources"
    }
    if job.priority == 0 { return "it is held: its urgency is 0" }
    if !rules.isStarted { return "its queue is stopped" + (rules.stopReason.map { ": \($0)" } ?? "") }
    if let explanation, !explanation.isMatch { return explanation.summary }
    return outlook?.reason ?? "it has not been looked at yet"
  }
}

extension BrokerState {
  /// What keeps a job's request from matching now; `nil` while there are no resources.
  fileprivate func explanation(of job: Job) -> Explanation? {
    let confinement = job.within.flatMap { enclosures[$0]?.confinement }
    guard let graph = confinement?.graph ?? graph, let emptyGraph = confinement?.emptyGraph ?? emptyGraph else {
      return nil
    }
    let required = [job.jobspec.constraint, rules(of: job).requires].compactMap { $0 }
    let constraint = required.count > 1 ? Constraint.and(required) : required.first
    return graph.explain(request: job.jobspec.request, constraint: constraint, empty: emptyGraph)
  }
}

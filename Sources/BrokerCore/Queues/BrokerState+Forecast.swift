public import Jobs
import Jobspec
import Persistent
import ResourceGraph
public import Scheduling
public import Vocabulary

extension BrokerState {
  /// What would happen with another graph and more jobs: the real policies in virtual time, on a copy.
  ///
  /// Removals that wait for jobs to leave are drains here: the jobs run to their end.
  /// - Parameter ignoringQueue: as if no job waited.
  /// - Throws: what the mutation, or a hypothetical job, would be refused for.
  public func forecast(
    after operations: [GraphMutation.Operation], adding hypotheses: [Forecast.Hypothesis], options: Forecast.Options,
    at now: Timestamp, ignoringQueue: Bool = false
  ) throws(Refusal) -> Forecast {
    guard var problem = schedulingProblem(at: now) else { throw .noResources }
    if ignoringQueue { problem.queue = SortedSet() }
    var draft = MutationDraft(problem.graph, at: now)
    for (index, operation) in operations.enumerated() {
      do throws(MutationFault) {
        try draft.add(operation)
      } catch {
        throw .mutation(index: index, error)
      }
    }
    problem.graph = draft.graph
    for change in draft.changes.compactMap(\.lasting) { problem.emptyGraph.apply(change) }
    for hypothesis in hypotheses {
      if let refusal = queueRefusal(of: hypothesis.spec.jobspec) { throw refusal }
      if let shortage = problem.emptyGraph.shortage(for: hypothesis.spec.jobspec) { throw .unsatisfiable(shortage) }
    }
    return Forecast(of: problem, adding: hypotheses, options: options)
  }

  /// A job that somebody might submit.
  public func hypothesis(
    _ item: SubmitCommand.Item, by owner: Principal, after delay: TimeSpan
  ) -> Forecast.Hypothesis {
    Forecast.Hypothesis(
      spec: item.spec, owner: owner, priority: priority(in: item.spec.jobspec.queue, urgency: item.urgency),
      delay: delay)
  }
}

public import Jobspec
public import ResourceGraph
public import Vocabulary

/// Finding resources for what is no job, whoever waits, but leaving alone what is promised.
extension Scheduler {
  /// What is asked for apart from any job.
  public struct Question: Sendable {
    public let parts: [RequestPart]
    public let constraint: Constraint?
    /// `nil`: for ever.
    public let duration: TimeSpan?
    public let matchPolicy: MatchPolicy

    public init(
      parts: [RequestPart], constraint: Constraint?, duration: TimeSpan?, matchPolicy: MatchPolicy = .first
    ) {
      self.parts = parts
      self.constraint = constraint
      self.duration = duration
      self.matchPolicy = matchPolicy
    }
  }

  /// Resources that are free from now on, for as long as they are asked for.
  public static func match(_ question: Question, in problem: SchedulingProblem) -> [Grant]? {
    var graph = problem.graph
    let request = graph.compile(question.parts)
    let hosts = question.constraint.map { graph.hosts(allowedBy: $0) }
    guard let free = graph.match(request, policy: question.matchPolicy, hosts: hosts) else { return nil }
    if !problem.isPromised(free, for: question.duration) { return free }
    graph.release(free)
    var cycle = Cycle(problem, placementLimit: 0, candidateLimit: 0, outlookLimit: 0)
    let until = question.duration.map { problem.now.advanced(by: $0) }
    let grants = cycle.expectations().match(
      request, policy: question.matchPolicy, hosts: hosts, from: problem.now, until: until)
    return grants.flatMap { graph.accepts($0) ? $0 : nil }
  }

  /// The first moment, later than now, from which on resources are expected to be free for as long as they are asked
  /// for.
  ///
  /// - Returns: `nil`: there is none that does not depend on what has no time limit.
  public static func opening(for question: Question, in problem: SchedulingProblem) -> Timetable.Opening? {
    var cycle = Cycle(problem, placementLimit: 0, candidateLimit: 0, outlookLimit: 0)
    let hosts = question.constraint.map { problem.graph.hosts(allowedBy: $0) }
    var attempts = SchedulingLimits.searchesPerCycle
    let finding = cycle.expectations().earliestStart(
      of: problem.graph.compile(question.parts), policy: question.matchPolicy, hosts: hosts, for: question.duration,
      notBefore: problem.now.advanced(by: TimeSpan(microseconds: 1)), closures: cycle.closures, attempts: &attempts)
    guard case .opening(let opening) = finding, opening.start < problem.now.advanced(by: SchedulingLimits.horizon)
    else {
      return nil
    }
    return opening
  }
}

extension SchedulingProblem {
  /// Whether something of it may be promised before what is taken now for so long will have ended.
  fileprivate func isPromised(_ grants: [Grant], for duration: TimeSpan?) -> Bool {
    if promises.isEmpty { return false }
    let end = duration.map { now.advanced(by: $0) }
    let vicinity = Vicinity(of: grants.map(\.vertex), in: graph)
    return promises.contains { promise in
      end.map { promise.start < $0 } ?? true && promise.grants.contains(where: vicinity.contains)
    }
  }
}

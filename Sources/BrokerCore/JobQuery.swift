public import Jobs
public import Jobspec
import Vocabulary

/// Which jobs, written as a query: `state:pending user:ada (name:sweep* or queue:debug)`.
///
/// A term without an operator is a name; values are separated by commas, and one of them has to fit. `*` at the end
/// of a name stands for anything.
/// - Source: RFC 35 for the form; the operators are those of RFC 43, as far as a job has them here.
public struct JobQuery: Sendable, Equatable {
  /// As it was written; it means the same whenever it is read.
  public let text: String
  private let condition: Condition

  private indirect enum Condition: Sendable, Equatable {
    case states(JobStates)
    case results(Set<JobResult>)
    case users(Set<String>)
    case userIDs(Set<UInt32>)
    case tenants(Set<String>)
    case queues(Set<String>)
    case names([String])
    case ids(Set<JobID>)
    /// Steps of these jobs; `nil` among them: jobs that are no steps.
    case within(Set<JobID?>)
    case not(Condition)
    case and([Condition])
    case or([Condition])
  }

  /// - Throws: the first fault.
  public init(_ text: String) throws(SyntaxFault) {
    self.text = text
    condition = try Self.condition(of: QueryTree.parse(text))
  }

  public func matches(_ job: Job) -> Bool { Self.matches(condition, job) }

  private static func matches(_ condition: Condition, _ job: Job) -> Bool {
    switch condition {
    case .states(let states): states.contains(JobStates(job.state))
    case .results(let results): job.result.map { results.contains($0) } ?? false
    case .users(let names): names.contains(job.owner.name)
    case .userIDs(let ids): ids.contains(job.owner.userID)
    case .tenants(let names): names.contains(job.owner.tenant)
    case .queues(let names): names.contains(job.queue ?? "")
    case .names(let patterns): patterns.contains { matches(pattern: $0, job.name) }
    case .ids(let ids): ids.contains(job.id)
    case .within(let ids): ids.contains(job.within)
    case .not(let condition): !matches(condition, job)
    case .and(let conditions): conditions.allSatisfy { matches($0, job) }
    case .or(let conditions): conditions.contains { matches($0, job) }
    }
  }

  private static func matches(pattern: String, _ name: String) -> Bool {
    pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
  }

  // MARK: Reading

  private static func condition(of tree: QueryTree) throws(SyntaxFault) -> Condition {
    switch tree {
    case .term(let term): return try condition(of: term)
    case .not(let query): return .not(try condition(of: query))
    case .and(let queries): return .and(try conditions(of: queries))
    case .or(let queries): return .or(try conditions(of: queries))
    }
  }

  private static func conditions(of queries: [QueryTree]) throws(SyntaxFault) -> [Condition] {
    var conditions: [Condition] = []
    for query in queries { conditions.append(try condition(of: query)) }
    return conditions
  }

  private static func condition(of term: QueryTerm) throws(SyntaxFault) -> Condition {
    let values = term.operand.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    switch term.operator ?? "name" {
    case "name": return .names(values)
    case "user": return .users(Set(values))
    case "tenant": return .tenants(Set(values))
    case "queue": return .queues(Set(values))
    case "userid": return .userIDs(try read(values, of: term, "a user's number") { UInt32($0) })
    case "id", "jobid": return .ids(try read(values, of: term, "a job's id") { JobID(parsing: $0) })
    case "within":
      return .within(try read(values, of: term, "a job's id, or none") { Self.enclosing($0) })
    case "result", "results":
      return .results(try read(values, of: term, "COMPLETED, FAILED, CANCELED or TIMEOUT") { JobResult(name: $0) })
    case "state", "states":
      let states = try read(values, of: term, "a state such as SCHED, RUN or PENDING") { JobStates(name: $0) }
      return .states(states.reduce(into: []) { $0.formUnion($1) })
    default:
      throw SyntaxFault(
        offset: term.offset,
        message: "the operator must be state, result, user, userid, tenant, queue, name, id or within")
    }
  }

  /// - Returns: `nil`: neither an id nor `none`, which is the absence of a job.
  private static func enclosing(_ text: String) -> JobID?? {
    if text == "none" { return .some(nil) }
    guard let id = JobID(parsing: text) else { return nil }
    return id
  }

  private static func read<Value: Hashable>(
    _ values: [String], of term: QueryTerm, _ what: String, _ read: (String) -> Value?
  ) throws(SyntaxFault) -> Set<Value> {
    var result: Set<Value> = []
    for value in values {
      guard let value = read(value) else {
        throw SyntaxFault(offset: term.offset, message: "the operand must be \(what)")
      }
      result.insert(value)
    }
    return result
  }
}

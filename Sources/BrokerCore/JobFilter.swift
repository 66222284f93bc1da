import Jobspec
public import Jobs
public import Vocabulary

/// Which jobs: a value, evaluated in memory and compiled to SQL by the journal.
public struct JobFilter: Sendable, Equatable {
  public var states: JobStates
  public var results: Set<JobResult>?
  public var user: String?
  public var tenant: String?
  public var queue: String?
  public var name: String?
  /// Submitted at or after.
  public var since: Timestamp?
  /// Evaluated in memory, on jobs that match all else.
  public var query: JobQuery?

  public init(
    states: JobStates = .all, results: Set<JobResult>? = nil, user: String? = nil, tenant: String? = nil,
    queue: String? = nil, name: String? = nil, since: Timestamp? = nil, query: JobQuery? = nil
  ) {
    self.query = query
    self.states = states
    self.results = results
    self.user = user
    self.tenant = tenant
    self.queue = queue
    self.name = name
    self.since = since
  }

  public func matches(_ job: Job) -> Bool {
    states.contains(JobStates(job.state))
      && (results.map { results in job.result.map { results.contains($0) } ?? false } ?? true)
      && (user.map { $0 == job.owner.name } ?? true) && (tenant.map { $0 == job.owner.tenant } ?? true)
      && (queue.map { $0 == (job.queue ?? "") } ?? true)
      && (name.map { $0 == job.name } ?? true) && (since.map { job.submittedAt >= $0 } ?? true)
      && (query?.matches(job) ?? true)
  }

  /// Everything but the query, which came later and is kept beside it.
  public func pack(into writer: inout PackedWriter) {
    writer.write(states.rawValue)
    writer.writeOptional(results) { writer, results in
      writer.write(results.reduce(UInt8(0)) { $0 | $1.rawValue })
    }
    writer.writeOptional(user) { $0.write($1) }
    writer.writeOptional(tenant) { $0.write($1) }
    writer.writeOptional(queue) { $0.write($1) }
    writer.writeOptional(name) { $0.write($1) }
    writer.writeOptional(since) { $0.write($1) }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    states = JobStates(rawValue: try reader.readByte())
    let bits = try reader.readOptional { (reader) throws(PackedError) in try reader.readByte() }
    results = bits.map { bits in Set(JobResult.allCases.filter { bits & $0.rawValue != 0 }) }
    user = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    tenant = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    queue = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    name = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    since = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() }
  }
}

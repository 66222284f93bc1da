import BrokerCore
import Jobs
import Jobspec
import KeyValues
import ResourceGraph
import Scheduling
import Vocabulary

/// The members that state everything a record's body does.
extension JSONWriter {
  mutating func fields(of principal: Principal) {
    field("name", principal.name)
    field("userid", UInt64(principal.userID))
    field("tenant", principal.tenant)
  }

  mutating func fields(of body: RecordBody) {
    switch body {
    case .brokerStarted(let incarnation, let version):
      field("incarnation", String(incarnation))
      field("version", version)
    case .resourcesDefined(let inventory): fields(of: inventory)
    case .jobspecStored(let spec):
      field("digest", spec.digest.hex)
      field("jobspec", spec.jobspec.rendered())
    case .jobSubmitted(let submission):
      field("digest", submission.spec.hex)
      field("urgency", UInt64(submission.urgency))
      field("priority", UInt64(submission.priority))
      field("flags", submission.flags.rawValue)
      if let within = submission.within { field("within", within) }
      if let copy = submission.copy { field("cc", copy) }
      if !submission.awaits.isEmpty { list("awaits", submission.awaits) { $0.value($1.description) } }
    case .jobHappened(_, let event): fields(of: event)
    case .jobSignalled(let attempt, let signal):
      self.attempt("attempt", attempt)
      field("signal", Int64(signal))
    case .resultCollected(let id): field("collected", id)
    case .tokenIssued(let token): fields(of: token)
    case .tokenRevoked(let id, let digest):
      field("id", id)
      field("digest", digest.hex)
    case .answerKept(let answer): fields(of: answer)
    case .answersForgotten(let limit): field("before", limit)
    case .operationBegun(let operation): fields(of: operation)
    case .operationAdvanced(let id, let cursor, let changed):
      field("id", id)
      field("cursor", cursor)
      field("changed", changed)
    case .operationEnded(let id): field("id", id)
    case .shepherdJoined(let incarnation, let known):
      field("incarnation", String(incarnation))
      list("known", known) { $0.attempt($1) }
    case .topicDeclared(let topic), .topicRemoved(let topic): field("topic", topic)
    case .messagePublished(let topic, let mediaType, let payload):
      field("topic", topic)
      field("media_type", mediaType)
      field("payload", Base64.encode(payload))
    default: resourceFields(of: body)
    }
  }

  mutating func list<Element>(
    _ name: StaticString, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void
  ) {
    array(name) { json in for element in elements { body(&json, element) } }
  }

  mutating func attempt(_ name: StaticString, _ attempt: AttemptID) {
    self.name(name)
    self.attempt(attempt)
  }

  private mutating func attempt(_ attempt: AttemptID) {
    object { json in
      json.field("job", attempt.job)
      json.field("attempt", UInt64(attempt.attempt))
      if attempt.stage != .tasks { json.field("stage", attempt.stage.name) }
    }
  }

  private mutating func fields(of inventory: ResourceInventory) {
    list("nodes", inventory.nodes) { json, node in
      json.object { json in
        json.field("hostname", node.hostname)
        json.list("cores", node.cores) { json, core in
          json.array { json in for cpu in core.cpus { json.value(cpu) } }
        }
        json.field("gpus", node.gpuCount)
        json.field("memory_bytes", node.memoryBytes)
      }
    }
  }

  private mutating func fields(of event: JobEvent) {
    switch event {
    case .alloc(let allocation):
      field(static: "alloc")
      fields(of: allocation)
    case .resize(let allocation):
      field(static: "resize")
      fields(of: allocation)
    case .start: field(static: "start")
    case .finish(let outcome):
      field(static: "finish")
      field("status", Int64(outcome.waitStatus))
      field("cpu_us", outcome.cpuTime.microseconds)
      field("peak_memory_kib", outcome.peakMemoryKiB)
    case .exception(let exception):
      field(static: "exception")
      fields(of: exception)
    case .evict(let exception):
      field(static: "evict")
      fields(of: exception)
    case .release: field(static: "release")
    case .clean: field(static: "clean")
    case .requeue(let reason, let priority):
      field(static: "requeue")
      field("reason", reason)
      field("priority", UInt64(priority))
    case .urgency(let urgency, let priority, let userID):
      field(static: "urgency")
      field("urgency", UInt64(urgency))
      field("priority", UInt64(priority))
      field("userid", UInt64(userID))
    case .dependencyRemove(let dependency):
      field(static: "dependency-remove")
      field("dependency", dependency.description)
    case .depend(let priority):
      field(static: "depend")
      field("priority", UInt64(priority))
    case .earlyUrgency(let urgency, let userID):
      field(static: "urgency")
      field("urgency", UInt64(urgency))
      field("userid", UInt64(userID))
    default: laterFields(of: event)
    }
  }

  private mutating func laterFields(of event: JobEvent) {
    switch event {
    case .raised(let exception, _):
      field(static: "exception")
      fields(of: exception)
    case .memo(let notes, _):
      field(static: "memo")
      field("notes", .object(notes))
    case .jobspecUpdate(let change, _):
      field(static: "jobspec-update")
      if let duration = change.duration { field("duration_us", duration.microseconds) }
    case .resourceUpdate(let duration, let expiration):
      field(static: "resource-update")
      field("duration_us", duration.microseconds)
      if let expiration { field("expiration", expiration) }
    case .requeueLater(let reason, let until):
      field(static: "requeue")
      field("reason", reason)
      field("until", until)
    case .prologStart(let program):
      field(static: "prolog-start")
      fields(of: program)
    case .prologFinish(let status, let state):
      field(static: "prolog-finish")
      field("status", Int64(status))
      field("state", state.name)
    case .epilogStart(let program, let continuation):
      field(static: "epilog-start")
      fields(of: program)
      fields(of: continuation)
    case .epilogFinish(let status):
      field(static: "epilog-finish")
      field("status", Int64(status))
    case .stepsStart(let continuation):
      field(static: "steps-start")
      fields(of: continuation)
    case .stepsFinish: field(static: "steps-finish")
    default: preconditionFailure("written with the first kinds")
    }
  }

  private mutating func fields(of continuation: JobEvent.Continuation) {
    guard case .again(let reason, let pause) = continuation else { return }
    field("reason", reason)
    field("pause_us", pause.microseconds)
  }

  private mutating func fields(of exception: JobException) {
    field("type", exception.type)
    field("severity", UInt64(exception.severity))
    field("note", exception.note)
    if let userID = exception.userID { field("userid", UInt64(userID)) }
  }

  mutating func fields(of allocation: Allocation) {
    field("version", UInt64(allocation.version))
    if let expiration = allocation.expiration { field("expiration", expiration) }
    fields(of: allocation.grants)
  }

  mutating func fields(of grants: [Grant]) {
    list("grants", grants) { json, grant in
      json.array { json in
        json.value(UInt64(grant.vertex.rawValue))
        json.value(grant.amount.thousandths)
      }
    }
  }

  private mutating func field(static event: StaticString) { field("event", static: event) }

  private mutating func fields(of token: Token) {
    field("id", token.id)
    field("digest", token.digest.hex)
    object("principal") { $0.fields(of: token.principal) }
    field("role", token.role.name)
    field("issued_at", token.issuedAt)
    if let expiry = token.expiresAt { field("expires_at", expiry) }
    field("note", token.note)
  }

  private mutating func fields(of answer: KeptAnswer) {
    field("scope", answer.key.scope.hex)
    field("body", answer.key.body.hex)
    object("principal") { $0.fields(of: answer.owner) }
    field("kept_at", answer.at)
    switch answer.content {
    case .submissions(let outcomes):
      list("outcomes", outcomes) { json, outcome in
        switch outcome {
        case .accepted(let id): json.value(id)
        case .refused(let refusal): json.object { $0.field("refused", "\(refusal)") }
        }
      }
    case .result(let result):
      field("result_of", result.job)
      if let failure = result.failure { field("failure", failure) }
    }
  }

  private mutating func fields(of operation: Operation) {
    field("id", operation.id)
    object("principal") { $0.fields(of: operation.owner) }
    field("role", operation.role.name)
    field("cursor", operation.cursor)
    field("changed", operation.changed)
    switch operation.kind {
    case .act(let action, let filter, let last):
      field("operation", static: "act")
      switch action {
      case .raise(let type, let severity, let note):
        field("type", type)
        field("severity", UInt64(severity))
        field("note", note)
      case .signal(let signal): field("signal", Int64(signal))
      }
      object("filter") { $0.fields(of: filter) }
      field("last", last)
    case .reconcile(let known):
      field("operation", static: "reconcile")
      list("known", known) { $0.attempt($1) }
    }
  }

  private mutating func fields(of filter: JobFilter) {
    field("states", UInt64(filter.states.rawValue))
    if let results = filter.results {
      list("results", results.sorted { $0.rawValue < $1.rawValue }) { $0.value($1.name) }
    }
    if let user = filter.user { field("user", user) }
    if let tenant = filter.tenant { field("tenant", tenant) }
    if let queue = filter.queue { field("queue", queue) }
    if let name = filter.name { field("name", name) }
    if let since = filter.since { field("since", since) }
    if let query = filter.query { field("query", query.text) }
  }
}

import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobspec
import ResourceGraph
import Vocabulary

/// The one table from what the rooms below say to what HTTP says.
extension Problem {
  /// One body for every reason: a caller learns nothing about credentials by trying.
  static let unauthorized = Problem(401, "unauthorized", "a valid bearer token is required")
  static let notFound = Problem(404, "not_found", "there is nothing here, or nothing that you may see")

  init(_ refusal: Refusal) {
    switch refusal {
    case .unknownJob, .unknownToken, .unknownNamespace, .unknownAllocation, .unknownMaintenance: self = .notFound
    case .jobEnded: self.init(409, "job_inactive", "the job is inactive: nothing about it changes any more")
    case .forbidden(let reason): self.init(403, "forbidden", reason)
    case .unsatisfiable(let reason): self.init(422, "unsatisfiable", reason)
    case .idempotencyMismatch:
      self.init(422, "idempotency_key_reused", "this Idempotency-Key came before with another body")
    case .tooManyIdempotencyKeys(let limit):
      self.init(429, "too_many_idempotency_keys", "\(limit) keys are kept for you; they are forgotten after 24 h")
      retryAfter = 600
    case .tooManyActiveJobs(let limit):
      self.init(403, "too_many_active_jobs", "you have \(limit) active jobs, as many as you may")
    case .tooManyTokens(let limit): self.init(403, "too_many_tokens", "there are \(limit) tokens; revoke some first")
    case .tooManyOperations(let limit):
      self.init(429, "too_many_operations", "\(limit) operations are under way")
      retryAfter = 5
    case .namespaceExists: self.init(409, "namespace_exists", "you have a namespace of this name")
    case .revisionGone(let oldest): self = .revisionGone(oldest: oldest)
    case .transaction(let refusal): self.init(refusal)
    case .quotaExceeded(let reason): self.init(403, "quota_exceeded", reason)
    case .fenceMismatch(let size):
      self.init(409, "fence_mismatch", "the others here say that they are \(size)")
    case .noResources:
      self.init(503, "starting", "the instance has no resources yet")
      retryAfter = 1
    case .graphHasChanged(let version):
      self.init(412, "graph_has_changed", "the graph is at version \(version)")
    case .mutation(let index, let fault): self.init(fault, at: "/mutations/\(index)")
    case .conflict(let reason): self.init(409, "conflict", reason)
    case .tooManyAllocations(let limit):
      self.init(403, "too_many_allocations", "there are \(limit) allocations; release some first")
    case .tooManyReservations(let limit):
      self.init(403, "too_many_reservations", "there are \(limit) reservations; release some first")
    case .unknownQueue(let name): self.init(invalid: "/queue", "there is no queue named \"\(name)\"")
    case .tooManyQueues(let limit): self.init(403, "too_many_queues", "there are \(limit) queues, as many as may be")
    case .queueClosed(let reason): self.init(409, "queue_disabled", reason)
    case .overQueueLimit(let reason): self.init(422, "over_queue_limit", reason)
    case .tooManyMaintenanceWindows(let limit):
      self.init(403, "too_many_maintenance_windows", "there are \(limit) windows, as many as may be")
    case .tooManyTopics(let limit):
      self.init(403, "too_many_topics", "you have \(limit) durable topics, as many as you may")
    case .dependency(let place, let reason):
      self.init(422, "dependency", "\(place): \(reason)")
      faults = [Fault(pointer: place, message: reason)]
    case .notRunning: self.init(409, "not_running", "the job has no processes that a signal could reach")
    case .notChangeable(let reason): self.init(409, "not_changeable", reason)
    case .notWaitable:
      self.init(409, "not_waitable", "the job is none of your waitable ones, or its result was collected before")
    case .nothingToWaitFor: self.init(409, "nothing_to_wait_for", "none of your waitable jobs is left to wait for")
    case .tooManyWaitables(let limit):
      self.init(403, "too_many_waitable_jobs", "you have \(limit) waitable jobs that nobody waited for")
    case .notEnclosing(let reason):
      self.init(409, "not_enclosing", "/within: \(reason)")
      faults = [Fault(pointer: "/within", message: reason)]
    case .lookupOutdated:
      self.init(503, "overloaded", "jobs end faster than their dependents are taken; try again")
      retryAfter = 1
    }
  }

  init(_ fault: MutationFault, at pointer: String) {
    switch fault {
    case .invalid(let member, let message): self.init(invalid: "\(pointer)/\(member)", message)
    case .conflict(let message):
      self.init(409, "conflict", "\(pointer): \(message)")
      faults = [Fault(pointer: pointer, message: message)]
    case .inUse(_, let message):
      self.init(409, "in_use", "\(pointer): \(message)")
      faults = [Fault(pointer: pointer, message: message)]
    }
  }

  init(_ unavailability: Unavailability) {
    switch unavailability {
    case .inboxFull: self.init(503, "overloaded", "the broker has more to do than it accepts; try again")
    case .storageFull: self.init(503, "storage_full", "the broker has no space for its log; reads still work")
    case .stopping: self.init(503, "stopping", "the broker is stopping")
    }
    retryAfter = 1
  }

  init(_ error: JSONSyntaxError) {
    let place = "line \(error.line), column \(error.column): \(error.reason)"
    self.init(error.kind == .tooManyBytes ? 413 : 400, error.isTooDeep ? "json_too_deep" : "bad_json", place)
  }

  init(_ document: InvalidDocument) {
    let first = document.faults.first.map { "\($0.pointer.isEmpty ? "the document" : $0.pointer): \($0.message)" }
    self.init(422, "invalid", first ?? "the document is invalid")
    faults = document.faults
  }

  init(_ failure: ArchiveFailure, epoch: UInt32) {
    switch failure {
    case .historyGone(let oldest):
      self.init(410, "history_gone", "this part of the history was removed; begin again at `oldest`")
      self.oldest = Position(epoch: epoch, seq: oldest)
    case .unreadable:
      self.init(503, "archive_unreadable", "the archive cannot be read right now")
      retryAfter = 5
    }
  }

  static func badQuery(_ detail: String) -> Problem { Problem(400, "bad_query", detail) }

  static func methodNotAllowed(_ allowed: [String]) -> Problem {
    var problem = Problem(405, "method_not_allowed", "this resource takes \(allowed.joined(separator: ", "))")
    problem.extraHeaders = [HeaderField(name: "Allow", value: allowed.joined(separator: ", "))]
    return problem
  }
}

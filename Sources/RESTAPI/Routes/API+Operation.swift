import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import KeyValues
import Persistent
import ResourceGraph
import Scheduling
import Synchronization
import Vocabulary

extension API {
  static var operationRoutes: [Route] {
    [
      Route(
        "GET", "/healthz", access: .anyone,
        .none { _, context throws(Problem) in
          _ = try QueryReader(context.head, allowing: [])
          return .now(Answers.object(200, context.requestID) { $0.field("status", "ok") })
        }),
      Route(
        "GET", "/readyz", access: .anyone, .none { api, context throws(Problem) in try api.showReadiness(context) }),
      Route(
        "GET", "/openapi.json", access: .anyone,
        .none { _, context throws(Problem) in
          _ = try QueryReader(context.head, allowing: [])
          return .now(Answers.json(200, context.requestID, OpenAPIDocument.json))
        }),
      Route(
        "GET", "/docs", access: .anyone, produces: ["text/html"],
        .none { _, context throws(Problem) in
          _ = try QueryReader(context.head, allowing: [])
          return .now(
            Answers.bytes(
              200, "text/html; charset=utf-8", context.requestID,
              headers: [
                HeaderField(
                  name: "Content-Security-Policy",
                  value: "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"),
                HeaderField(name: "X-Content-Type-Options", value: "nosniff"),
              ], DocsPage.html))
        }),
      Route(
        "GET", "/metrics", produces: ["text/plain"],
        .none { api, context throws(Problem) in
          try api.showMetrics(context)
        }),
      Route("GET", "/v1/limits", .none { api, context throws(Problem) in try api.showLimits(context) }),
    ]
  }

  private func showReadiness(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let isReady = broker.withSnapshot { $0.isShepherdKnown && $0.graph != nil }
    guard isReady else {
      var problem = Problem(503, "starting", "the broker is starting")
      problem.retryAfter = 1
      throw problem
    }
    return .now(Answers.object(200, context.requestID) { $0.field("status", "ready") })
  }

  /// - Source: Prometheus text exposition format 0.0.4.
  private func showMetrics(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    guard context.caller?.role == .owner else {
      throw Problem(403, "forbidden", "metrics tell of everybody's jobs: they are for the instance owner")
    }
    return readLater(context) { [self] () throws(Problem) in
      var text = ""
      for statistic in brokerStatistics() + configuration.statistics() {
        text += "# HELP \(statistic.name) \(statistic.help)\n# TYPE \(statistic.name) \(statistic.kind.rawValue)\n"
        text += "\(statistic.name) \(statistic.value)\n"
      }
      text += jobStatistics()
      return Answers.bytes(200, "text/plain; version=0.0.4; charset=utf-8", context.requestID, Array(text.utf8))
    }
  }

  private func brokerStatistics() -> [Statistic] {
    let counters = broker.counters
    func counter(_ name: String, _ help: String, _ value: borrowing Atomic<UInt64>, scale: Double = 1) -> Statistic {
      Statistic(
        name: "sluice_\(name)", help: help, kind: .counter, value: Double(value.load(ordering: .relaxed)) * scale)
    }
    return [
      counter("commands_total", "Commands taken by the loop.", counters.commands),
      counter("refusals_total", "Commands refused.", counters.refusals),
      counter("batches_total", "Batches made durable.", counters.batches),
      counter("records_total", "Records made durable.", counters.records),
      counter("commit_seconds_total", "Time spent making batches durable.", counters.commitMicroseconds, scale: 1e-6),
      counter("plans_total", "Scheduling plans with placements.", counters.plans),
      counter("scheduling_cycles_total", "Times that the queue was gone through.", counters.cycles),
      counter(
        "scheduling_seconds_total", "Time spent going through the queue.", counters.cycleMicroseconds, scale: 1e-6),
      Statistic(
        name: "sluice_scheduling_last_seconds", help: "How long the last time took.", kind: .gauge,
        value: Double(counters.lastCycleMicroseconds.load(ordering: .relaxed)) * 1e-6),
      counter("placements_total", "Placements planned.", counters.placements),
      counter("storage_full_total", "Batches refused for want of space.", counters.storageFull),
    ]
  }

  private func jobStatistics() -> String {
    let state = broker.snapshot
    var text = "# HELP sluice_jobs Active jobs by state.\n# TYPE sluice_jobs gauge\n"
    let waiting = state.jobs.count - state.executing.count
    text += "sluice_jobs{state=\"pending\"} \(waiting)\nsluice_jobs{state=\"running\"} \(state.executing.count)\n"
    text += "# HELP sluice_jobs_ended_total Ended jobs by result.\n# TYPE sluice_jobs_ended_total counter\n"
    for result in JobResult.allCases {
      text += "sluice_jobs_ended_total{result=\"\(result.name)\"} \(state.endedCounts[result.rawValue] ?? 0)\n"
    }
    if let graph = state.graph {
      text += "# HELP sluice_free_cores Cores that no job holds.\n# TYPE sluice_free_cores gauge\n"
      text += "sluice_free_cores \(graph.freeCoreCount)\n"
      text += "# HELP sluice_cores Cores that there are.\n# TYPE sluice_cores gauge\n"
      text += "sluice_cores \(graph.total(ofType: "core").wholeUnits)\n"
    }
    text += "# HELP sluice_kvs_namespaces Namespaces of the key-value store.\n# TYPE sluice_kvs_namespaces gauge\n"
    text += "sluice_kvs_namespaces \(state.keyValues.namespaces.count)\n"
    text += "# HELP sluice_kvs_bytes Keys and values of all namespaces.\n# TYPE sluice_kvs_bytes gauge\n"
    text += "sluice_kvs_bytes \(state.keyValues.totalBytes)\n"
    return text
  }

  private func showLimits(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let http = configuration.httpLimits
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.field("body_bytes", SubmissionReader.maximumBytes)
        writer.field("json_depth", JSONLimits.body.maximumDepth)
        writer.field("json_values", JSONLimits.body.maximumValues)
        writer.field("bulk_jobs", BulkSubmission.maximumJobs)
        writer.field("bulk_line_bytes", SubmissionReader.maximumBytes)
        writer.field("atomic_jobs", SubmitCommand.maximumItems)
        writer.field("page_items", Self.largestPage)
        writer.field("page_candidates", Self.candidatesPerPage)
        writer.field("wait_seconds", JobWait.Request.longest.seconds)
        writer.field("output_bytes", Self.outputBytesPerAnswer)
        writer.field("stored_output_bytes", BrokerLimits.outputBytes)
        writer.field("streams_per_user", StreamCounts.perUser)
        writer.field("stream_heartbeat_seconds", Double(EventStream.heartbeatMicroseconds) / 1_000_000)
        writer.field("ring_events", EventRing.capacity)
        writer.field("idempotency_key_bytes", Idempotency.maximumKeyBytes)
        writer.field("idempotency_key_seconds", BrokerLimits.keptAnswerLifetime.seconds)
        writer.field("idempotency_keys_per_user", BrokerLimits.keptAnswersPerUser)
        writer.field("kept_results_per_user", BrokerLimits.keptResultsPerUser)
        writer.field("active_jobs_per_user", BrokerLimits.activeJobsPerUser)
        Self.writeJobLimits(to: &writer)
        Self.writeResourceLimits(to: &writer)
        writer.field("tokens", BrokerLimits.tokens)
        Self.writeMessageLimits(to: &writer)
        writer.field("operations", BrokerLimits.operations)
        Self.writeKeyValueLimits(to: &writer)
        writer.field("termination_grace_seconds", BrokerLimits.terminationGrace.seconds)
        writer.field("http_connections", http.connections)
        writer.field("http_connections_per_address", http.connectionsPerAddress)
        writer.field("http_head_bytes", http.headBytes)
        writer.field("http_target_bytes", http.targetBytes)
        writer.field("http_header_count", http.headerCount)
        writer.field("http_query_arguments", http.queryArguments)
        writer.field("http_head_deadline_seconds", http.headDeadline)
        writer.field("http_idle_seconds", http.idleTimeout)
      })
  }

  private static func writeJobLimits(to writer: inout JSONWriter) {
    writer.field("job_arguments", JobspecLimits.maximumArguments)
    writer.field("job_argument_bytes", JobspecLimits.maximumArgumentBytes)
    writer.field("job_argument_and_environment_bytes", JobspecLimits.maximumArgumentAndEnvironmentBytes)
    writer.field("job_environment_entries", JobspecLimits.maximumEnvironmentEntries)
    writer.field("job_tasks", JobspecLimits.maximumTasks)
    writer.field("job_files", JobspecLimits.maximumFiles)
    writer.field("job_dependencies", JobspecLimits.maximumDependencies)
    writer.field("job_attempts", JobspecLimits.maximumAttempts)
    writer.field("job_seconds", JobspecLimits.maximumDurationSeconds)
    writer.field("job_name_bytes", JobspecLimits.maximumNameBytes)
    writer.field("job_memo_bytes", BrokerLimits.memoBytes)
    writer.field("job_events", BrokerLimits.eventsPerJob)
    writer.field("copies_per_line", JobspecLimits.maximumCopies)
    writer.field("query_bytes", JobspecLimits.maximumQueryBytes)
    writer.field("step_depth", BrokerLimits.stepDepth)
    writer.field("waitable_jobs_per_user", BrokerLimits.waitablesPerUser)
  }

  private static func writeResourceLimits(to writer: inout JSONWriter) {
    writer.field("queues", BrokerLimits.queues)
    writer.field("allocations", BrokerLimits.allocations)
    writer.field("reservations", BrokerLimits.reservations)
    writer.field("maintenance_windows", SchedulingLimits.maintenanceWindows)
    writer.field("graph_vertices", ResourceGraph.maximumVertices)
    writer.field("graph_edges", GraphLimits.maximumEdges)
    writer.field("vertex_properties", GraphLimits.maximumProperties)
    writer.field("evictions_per_change", BrokerLimits.evictionsPerCommand)
  }

  private static func writeKeyValueLimits(to writer: inout JSONWriter) {
    writer.field("key_bytes", KeyValueLimits.keyBytes)
    writer.field("key_segments", KeyValueLimits.keySegments)
    writer.field("value_bytes", KeyValueLimits.valueBytes)
    writer.field("transaction_operations", KeyValueLimits.transactionOperations)
    writer.field("transaction_bytes", KeyValueLimits.transactionBytes)
    writer.field("followed_links", KeyValueLimits.followedLinks)
    writer.field("namespaces_per_user", BrokerLimits.namespacesPerUser)
    writer.field("instance_key_value_bytes", BrokerLimits.keyValueBytes)
    writer.field("job_namespace_seconds", BrokerLimits.jobNamespaceLifetime.seconds)
    writer.field("fence_participants", BrokerLimits.fenceParticipants)
    writer.field("fence_operations", BrokerLimits.changesPerFence)
    writer.field("fence_bytes", BrokerLimits.bytesPerFence)
    writer.field("fence_rounds", BrokerLimits.fenceRounds)
    writer.field("watch_event_changes", KeyFeed.changesPerEvent)
  }
}

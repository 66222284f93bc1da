import Jobspec
import ResourceGraph
import Scheduling
import Vocabulary

/// The members that state everything about queues and maintenance.
extension JSONWriter {
  mutating func fields(of rules: QueueRules) {
    field("name", rules.name)
    field("enabled", rules.isEnabled)
    if let reason = rules.disableReason { field("disable_reason", reason) }
    field("started", rules.isStarted)
    if let reason = rules.stopReason { field("stop_reason", reason) }
    if let requires = rules.requires { field("requires", requires.rendered()) }
    field("policy", rules.policy.text)
    field("match_policy", rules.matchPolicy.name)
    if let duration = rules.limits.maximumDuration { field("maximum_duration_us", duration.microseconds) }
    fields(of: rules.limits.nodes, "minimum_nodes", "maximum_nodes")
    fields(of: rules.limits.cores, "minimum_cores", "maximum_cores")
    fields(of: rules.limits.gpus, "minimum_gpus", "maximum_gpus")
    if let duration = rules.defaultDuration { field("default_duration_us", duration.microseconds) }
    field("priority", Int64(rules.priority))
  }

  private mutating func fields(of bounds: QueueLimits.Bounds, _ least: StaticString, _ most: StaticString) {
    if let value = bounds.least { field(least, value) }
    if let value = bounds.most { field(most, value) }
  }

  mutating func fields(of window: MaintenanceWindow) {
    field("name", window.name)
    if let hosts = window.hosts { field("ranks", hosts.description) }
    field("from", window.from)
    if let until = window.until { field("until", until) }
    field("reason", window.reason)
    list("users", window.users) { $0.value(UInt64($1)) }
  }
}

import Jobspec
import ResourceGraph
import Scheduling
import Vocabulary

/// Queues and maintenance as the API shows them.
enum QueueRendering {
  static func write(_ rules: QueueRules, jobs: (pending: Int, running: Int)?, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("name", rules.name)
      writer.field("enabled", rules.isEnabled)
      text(rules.disableReason, "disable_reason", &writer)
      writer.field("started", rules.isStarted)
      text(rules.stopReason, "stop_reason", &writer)
      writer.field("policy", rules.policy.text)
      writer.field("match_policy", rules.matchPolicy.name)
      if let requires = rules.requires {
        writer.field("requires", requires.rendered())
      } else {
        writer.nullField("requires")
      }
      span(rules.defaultDuration, "default_duration", &writer)
      writer.field("priority", Int(rules.priority))
      writer.name("limits")
      writer.object { write(rules.limits, to: &$0) }
      guard let jobs else { return }
      writer.field("pending", jobs.pending)
      writer.field("running", jobs.running)
    }
  }

  private static func write(_ limits: QueueLimits, to writer: inout JSONWriter) {
    span(limits.maximumDuration, "duration", &writer)
    number(limits.nodes.least, "min_nodes", &writer)
    number(limits.nodes.most, "max_nodes", &writer)
    number(limits.cores.least, "min_cores", &writer)
    number(limits.cores.most, "max_cores", &writer)
    number(limits.gpus.least, "min_gpus", &writer)
    number(limits.gpus.most, "max_gpus", &writer)
  }

  static func write(_ window: MaintenanceWindow, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("name", window.name)
      text(window.hosts?.description, "ranks", &writer)
      writer.field("from", window.from)
      if let until = window.until { writer.field("until", until) } else { writer.nullField("until") }
      writer.field("reason", window.reason)
      writer.name("users")
      writer.array { writer in for user in window.users { writer.value(UInt64(user)) } }
    }
  }

  private static func text(_ value: String?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, value) } else { writer.nullField(name) }
  }

  private static func number(_ value: Int?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, value) } else { writer.nullField(name) }
  }

  private static func span(_ value: TimeSpan?, _ name: StaticString, _ writer: inout JSONWriter) {
    if let value { writer.field(name, value.seconds) } else { writer.nullField(name) }
  }
}

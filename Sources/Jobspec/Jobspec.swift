public import Vocabulary

/// A job request in the canonical form, as accepted: version 1 of the language, or the general form.
///
/// Only parsing makes one, so whoever holds one knows that it is valid. A copy is one reference: jobs,
/// snapshots and plans share it.
///
/// - Source: RFC 14 and RFC 25. Our extensions: a `memory` resource beside core and gpu in version 1, alternatives
///   (`RequestPart`) in the general form, and `attributes.system.max_attempts`.
public struct Jobspec: Sendable, Equatable {
  private final class Contents: Sendable {
    let version: Int64
    let resources: [ResourceVertex]
    let tasks: [TaskRequest]
    let attributes: JSONObject
    let system: SystemAttributes
    let demand: Demand
    let request: [RequestPart]

    init(
      version: Int64, resources: [ResourceVertex], tasks: [TaskRequest], attributes: JSONObject,
      system: SystemAttributes, demand: Demand
    ) {
      self.version = version
      self.resources = resources
      self.tasks = tasks
      self.attributes = attributes
      self.system = system
      self.demand = demand
      request = RequestPart.compile(resources)
    }
  }

  private let contents: Contents

  /// - Precondition: the parts were checked together; `system` and `demand` follow from the others.
  init(
    version: Int64, resources: [ResourceVertex], tasks: [TaskRequest], attributes: JSONObject, system: SystemAttributes,
    demand: Demand
  ) {
    precondition(tasks.count == 1, "a jobspec has one task")
    contents = Contents(
      version: version, resources: resources, tasks: tasks, attributes: attributes,
      system: system,
      demand: demand)
  }

  /// The strict version of the language, RFC 25.
  public static let supportedVersion: Int64 = 1
  /// All of RFC 14 but for several tasks: what Fluxion calls by this number.
  public static let generalVersion: Int64 = 9999

  public var version: Int64 { contents.version }
  public var resources: [ResourceVertex] { contents.resources }
  /// Exactly one.
  public var tasks: [TaskRequest] { contents.tasks }
  /// `system` and `user`, in the order and with the values as written.
  public var attributes: JSONObject { contents.attributes }
  /// What `attributes.system` means.
  public var system: SystemAttributes { contents.system }
  /// What `resources` and `tasks` need at least; all that a version 1 jobspec needs.
  public var demand: Demand { contents.demand }
  /// What `resources` mean, for matching.
  public var request: [RequestPart] { contents.request }

  public static func == (a: Self, b: Self) -> Bool {
    a.contents === b.contents
      || a.version == b.version && a.resources == b.resources && a.tasks == b.tasks
        && a.attributes == b.attributes
  }
}

extension Jobspec {
  public var command: [String] { contents.tasks[0].command }
  public var taskCountRule: TaskRequest.Count { contents.tasks[0].count }
  /// Zero: unlimited.
  public var duration: TimeSpan { contents.system.duration }
  public var environment: [EnvironmentEntry] { contents.system.environment }
  public var cwd: String? { contents.system.cwd }
  public var queue: String? { contents.system.queue }
  /// Which nodes will do; `nil`: any.
  public var constraint: Constraint? { contents.system.constraint }
  /// As given; Flux shows the last component of `command[0]` where there is none.
  public var name: String? { contents.system.name }
  public var mockRunDuration: TimeSpan? { contents.system.mockRunDuration }
  public var standardInput: String? { contents.system.standardInput }
  public var standardOutput: String? { contents.system.standardOutput }
  public var standardError: String? { contents.system.standardError }
  public var outputLimit: Int64? { contents.system.outputLimit }
  public var streamedInput: InputReaders? { contents.system.streamedInput }
  public var files: [JobFile] { contents.system.files }
  /// What it submits runs within it.
  public var isBatch: Bool { contents.system.isBatch }
  public var umask: UInt32? { contents.system.umask }
  public var resourceLimits: [RequestedLimit] { contents.system.resourceLimits }
  public var taskDistribution: TaskDistribution { contents.system.taskDistribution ?? .block }
  public var maxAttempts: Int { contents.system.maxAttempts }
  public var retry: RetryPolicy { contents.system.retry }
  /// All must hold before the job is planned.
  public var dependencies: [Dependency] { contents.system.dependencies }
  /// All of `attributes.system.shell.options`, read or not.
  public var shellOptions: JSONObject {
    attributes["system"]?["shell"]?["options"]?.object ?? JSONObject()
  }
}

public import Vocabulary

/// The attributes under `attributes.system` that this broker acts on, read once.
///
/// - Source: RFC 14, "Attributes"; names under `shell.options` and `exec.test` are flux-core's.
public struct SystemAttributes: Hashable, Sendable {
  /// Zero: unlimited.
  public internal(set) var duration = TimeSpan.zero
  /// Run time after which the job may be cancelled to make way; `nil`: never.
  public internal(set) var preemptibleAfter: TimeSpan?
  public internal(set) var environment: [EnvironmentEntry] = []
  /// An absolute path.
  public internal(set) var cwd: String?
  public internal(set) var queue: String?
  /// `constraints`; `nil`: any node will do.
  public internal(set) var constraint: Constraint?
  public internal(set) var bank: String?
  public internal(set) var project: String?
  /// `job.name`.
  public internal(set) var name: String?
  /// `exec.test.run_duration`: no process is made, the job just ends after this long.
  public internal(set) var mockRunDuration: TimeSpan?
  /// `shell.options.input.stdin.path`.
  public internal(set) var standardInput: String?
  /// `shell.options.output.stdout.path`; may hold tags, see `PathTemplate`.
  public internal(set) var standardOutput: String?
  /// `shell.options.output.stderr.path`; may hold tags, see `PathTemplate`.
  public internal(set) var standardError: String?
  /// `shell.options.output.limit`: bytes of one stream that the broker keeps; `nil`: as many as it keeps of any job.
  public internal(set) var outputLimit: Int64?
  /// `shell.options.input.stdin` of type `service`: input is given while the job runs.
  public internal(set) var streamedInput: InputReaders?
  /// `files`: they travel with the job (RFC 37).
  public internal(set) var files: [JobFile] = []
  /// `shell.options.umask`, our extension: a number or octal text.
  public internal(set) var umask: UInt32?
  /// `shell.options.rlimit`.
  public internal(set) var resourceLimits: [RequestedLimit] = []
  /// `shell.options.taskmap`; `nil`: by blocks.
  public internal(set) var taskDistribution: TaskDistribution?
  /// `dependencies`: all must hold before the job is planned.
  public internal(set) var dependencies: [Dependency] = []
  /// `max_attempts`, our extension: executions allowed, the first included.
  public internal(set) var maxAttempts = 1
  /// `batch`, our extension: what the job submits runs within it, on what it holds.
  public internal(set) var isBatch = false
  /// `retry`, our extension.
  public internal(set) var retry = RetryPolicy()
}

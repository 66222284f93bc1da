/// The limits that a jobspec is held to, each with where it comes from.
public enum JobspecLimits {
  /// Faults reported at once; a person mends no more in one go.
  public static let maximumFaults = 32

  // MARK: Command and environment

  /// Linux refuses one argument of `MAX_ARG_STRLEN` (32 pages) or more, its NUL included.
  public static let maximumArgumentBytes = 128 * 1024 - 1
  /// Far above real commands; longer lists belong in a file.
  public static let maximumArguments = 4_096
  /// Arguments and environment together, with their NULs: half of what Linux gives under a stack limit of
  /// 8 MiB.
  public static let maximumArgumentAndEnvironmentBytes = 1024 * 1024
  /// Far above real environments.
  public static let maximumEnvironmentEntries = 4_096
  /// Variables that begin so are the broker's: they tell a task who it is.
  public static let reservedEnvironmentPrefix = "SLUICE_"

  // MARK: Texts

  /// Linux `PATH_MAX` counts the NUL, so the longest usable path is one shorter; the kernel reports that one.
  public static let maximumPathBytes = 4_096
  /// Files that travel with a job; what they hold together is bounded by the size of a submission.
  public static let maximumFiles = 64
  /// Job names go into lists and logs.
  public static let maximumNameBytes = 256
  /// Queue, bank and project names: as long as a DNS label.
  public static let maximumQueueNameBytes = 63
  /// Slot labels and units are identifiers.
  public static let maximumLabelBytes = 255

  /// Nesting of `attributes`, itself included: as deep as JSON text may be, and half of what the log's reader
  /// takes. Values from YAML are not bounded by a text's limit.
  public static let maximumAttributeDepth = 32

  // MARK: Resources

  /// The largest count of one vertex that counts things: what other Flux tools hold in a C `int`.
  public static let maximumCount: Int64 = 2_147_483_647
  /// All cores, or all GPUs, of one job together; products stay far from 63 bits.
  public static let maximumCountProduct: Int64 = 1 << 31
  /// Tasks of one job; larger ensembles are many jobs.
  public static let maximumTasks: Int64 = 1_000_000
  /// 1 PiB, beyond any single machine's memory.
  public static let maximumMemoryPerSlot: Int64 = 1 << 50
  /// Nesting of resource vertices: Fluxion's deepest requests go from cluster to core in eight, slots included.
  public static let maximumResourceDepth = 12
  /// Resource vertices side by side; version 1 needs three.
  public static let maximumResourceSiblings = 64
  /// Resource vertices of one jobspec: matching looks at each, Fluxion expands no more alternatives than a few
  /// hundred.
  public static let maximumResourceVertices = 1_024
  /// Amounts of memory in one set of acceptable ones; each is converted by itself.
  public static let maximumMemoryChoices = 1_024
  /// Bytes of a resource type's name: what the graph allows.
  public static let maximumTypeBytes = 64

  // MARK: Constraints

  /// Nesting of constraints, the outermost included; people write two or three.
  public static let maximumConstraintDepth = 16
  /// Operators and values of one constraint; a list of hosts or ranks is one value.
  public static let maximumConstraintTerms = 1_024
  /// Bytes of a property: what the graph allows for a key, `=` and a value.
  public static let maximumPropertyBytes = 128 + 1 + 4_096
  /// Bytes of a query (RFC 35) or of a shape (RFC 46): both are typed by people, host lists included.
  public static let maximumQueryBytes = 16_384

  // MARK: Time and retry

  /// 36,500 days. FLUIDs last 35 years (RFC 19), so no job can run longer.
  public static let maximumDurationSeconds: Int64 = 36_500 * 86_400
  /// Executions of one job, the first included.
  public static let maximumAttempts: Int64 = 100
  /// Kinds of ends that ask for another attempt; people name a few.
  public static let maximumRetryReasons = 64

  /// What one job may wait for: each is an event of the job. Wider fans go through jobs that do nothing else.
  public static let maximumDependencies = 256

  // MARK: Submission

  /// RFC 30.
  public static let maximumUrgency: Int64 = 31
  /// RFC 30.
  public static let defaultUrgency = 16
  /// Copies that one line of a bulk submission may ask for.
  public static let maximumCopies = 1_000_000
}

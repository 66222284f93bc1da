import BrokerCore
import CProcess
import Glibc
import Vocabulary

/// Turns a start order into processes.
struct TaskLauncher {
  let store: OutputStore
  let spares: SpareFiles
  let state: UInt64
  let incarnation: UInt64
  /// What is not default in this process and must be in its children.
  let signalsToReset: UInt64
  /// The CPUs that this process may use.
  let allowedCPUs: Set<Int>

  /// Why a task could not be started, for the user: the step first.
  struct Failure: Error {
    let reason: String
    /// The machine lacks something that it may have again soon.
    var isShortage = false
  }

  init(store: OutputStore, spares: SpareFiles, state: UInt64, incarnation: UInt64) {
    self.store = store
    self.spares = spares
    self.state = state
    self.incarnation = incarnation
    signalsToReset = sluice_changed_signals()
    allowedCPUs = Set(allowedCPUNumbers())
  }

  /// Starts the tasks of `attempt` that were not started yet; `onSpawn` is called for each.
  func launch(_ attempt: Attempt, _ order: StartOrder, onSpawn: (pid_t) -> Void) throws(Failure) {
    try check(order)
    let streams: TaskStreams
    do { streams = try TaskStreams(for: order, store: store, spares: spares, isResumed: attempt.spawned > 0) } catch {
      throw streamFailure(error, order)
    }
    let cgroups = try openCgroups(attempt)
    defer { for number in cgroups { close(number) } }
    let numbers = streams.numbers
    var image = ProcessImage(
      candidates: candidates(order), arguments: CStrings(order.command), environment: CStrings(),
      workingDirectory: order.workingDirectory,
      descriptors: (input: numbers.0, output: numbers.1, error: numbers.2), umask: order.umask,
      resourceLimits: try resourceLimits(order), cgroups: cgroups, signalsToReset: signalsToReset)
    while attempt.spawned < order.tasks.count {
      let placement = order.tasks[attempt.spawned]
      image.environment = environment(order, placement, rank: attempt.spawned)
      image.cpus = allowedCPUs.isSuperset(of: placement.cpus) ? placement.cpus : []
      let pid: pid_t
      do { pid = try image.spawn() } catch { throw Self.spawnFailure(error, order) }
      attempt.spawned += 1
      onSpawn(pid)
    }
  }

  /// What the kernel would read differently than it was written.
  private func check(_ order: StartOrder) throws(Failure) {
    guard let program = order.command.first else { throw Failure(reason: "exec: the command is empty") }
    if program.isEmpty { throw Failure(reason: "exec: ENOENT (the program's name is empty)") }
    let texts =
      order.command + [order.workingDirectory] + [order.input, order.output, order.error].compactMap(\.self)
    if texts.contains(where: { $0.utf8.contains(0) }) {
      throw Failure(reason: "exec: EINVAL (NUL in a text)")
    }
    for variable in order.environment where variable.name.utf8.contains(0) || variable.value.utf8.contains(0) {
      throw Failure(reason: "environment: EINVAL (NUL in a variable)")
    }
  }

  /// The program itself, or where the job's own PATH finds it. Relative entries count from the job's directory.
  private func candidates(_ order: StartOrder) -> CStrings {
    let program = order.command[0]
    if program.utf8.contains(UInt8(ascii: "/")) { return CStrings([program]) }
    // Where a job sets none: what the C library's execvp would use.
    let path = order.environment.last { $0.name == "PATH" }?.value ?? "/bin:/usr/bin"
    return CStrings(
      path.split(separator: ":", omittingEmptySubsequences: false).map {
        $0.isEmpty ? program : "\($0)/\(program)"
      })
  }

  private func environment(_ order: StartOrder, _ placement: TaskPlacement, rank: Int) -> CStrings {
    var own = [
      (name: "FLUX_TASK_RANK", value: "\(rank)"), (name: "FLUX_TASK_LOCAL_ID", value: "\(placement.localID)"),
      (
        name: ShepherdMark.variable,
        value: ShepherdMark(state: state, incarnation: incarnation, attempt: order.id).value
      ),
    ]
    if !placement.gpus.isEmpty {
      own.append((name: "CUDA_VISIBLE_DEVICES", value: placement.gpus.map { "\($0)" }.joined(separator: ",")))
    }
    var strings = CStrings()
    for variable in order.environment where !own.contains(where: { $0.name == variable.name }) {
      strings.append(variable.name, variable.value)
    }
    for variable in own { strings.append(variable.name, variable.value) }
    return strings
  }

  private func resourceLimits(_ order: StartOrder) throws(Failure) -> [sluice_resource_limit] {
    var limits: [sluice_resource_limit] = []
    for limit in order.resourceLimits {
      let number = unsafe sluice_resource_number(limit.name)
      guard number >= 0 else { throw Failure(reason: "rlimit: EINVAL (no limit is called \(limit.name))") }
      limits.append(sluice_resource_limit(resource: number, value: limit.value))
    }
    return limits
  }

  private func openCgroups(_ attempt: Attempt) throws(Failure) -> [Int32] {
    do throws(SystemError) {
      return try attempt.leaf?.openProcessLists() ?? []
    } catch {
      throw Failure(reason: "cgroup: \(error.text)", isShortage: error.isShortage)
    }
  }

  /// A missing working directory is the better answer than a file that could not be opened below it.
  private func streamFailure(_ failure: TaskStreams.Failure, _ order: StartOrder) -> Failure {
    if failure.error.number == ENOENT || failure.error.number == ENOTDIR {
      var status = stat()
      let isMissing = unsafe stat(order.workingDirectory, &status) != 0
      if isMissing || status.st_mode & S_IFMT != S_IFDIR {
        let error = isMissing ? SystemError.last : SystemError(ENOTDIR)
        return Failure(reason: "cwd: \(error.text): \(order.workingDirectory)")
      }
    }
    return Failure(reason: "\(failure.stream): \(failure.error.text)", isShortage: failure.error.isShortage)
  }

  private static func spawnFailure(_ failure: ProcessImage.Failure, _ order: StartOrder) -> Failure {
    let about: String? =
      switch failure.step {
      case .workingDirectory: order.workingDirectory
      case .exec: order.command[0]
      default: nil
      }
    let suffix = about.map { ": \($0)" } ?? ""
    // exec's ENOMEM and EAGAIN may speak of the program or the user's own limits, but pass as well.
    return Failure(
      reason: "\(failure.step.rawValue): \(failure.error.text)\(suffix)", isShortage: failure.error.isShortage
    )
  }
}

/// The operating-system numbers of the CPUs that this process may use, ascending.
func allowedCPUNumbers() -> [Int] {
  var numbers = [Int32](repeating: 0, count: 1_024)
  let count = unsafe sluice_allowed_cpus(&numbers, Int32(numbers.count))
  return numbers.prefix(Int(count)).map(Int.init)
}

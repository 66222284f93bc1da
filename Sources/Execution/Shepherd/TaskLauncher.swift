import BrokerCore
import CProcess
import Glibc
import Vocabulary

/// Turns a start order into processes.
struct TaskLauncher: ~Copyable {
  let files: OutputFiles
  let tokens: TokenFiles
  let directories: JobDirectories
  let state: UInt64
  let incarnation: UInt64
  /// What is not default in this process and must be in its children.
  let signalsToReset: UInt64
  /// The CPUs that this process may use.
  let allowedCPUs: Set<Int>
  /// The null device, open for reading: the input of every task that has no other.
  private let noInput: Descriptor

  /// Why a task could not be started, for the user: the step first.
  struct Failure: Error {
    let reason: String
    /// The machine lacks something that it may have again soon.
    var isShortage = false
    /// What a shell would exit with: 127 where there is no such program, 126 where it cannot be run.
    /// - Source: POSIX.1-2024, Shell & Utilities, 2.8.2; Flux's shell does the same.
    var exitCode: Int32?
  }

  init(
    files: OutputFiles, tokens: TokenFiles, directories: JobDirectories, state: UInt64, incarnation: UInt64
  ) throws(SystemError) {
    self.files = files
    self.tokens = tokens
    self.directories = directories
    self.state = state
    self.incarnation = incarnation
    signalsToReset = sluice_changed_signals()
    allowedCPUs = Set(allowedCPUNumbers())
    noInput = try Descriptor(path: "/dev/null", flags: O_RDONLY)
  }

  /// Begins to start the tasks of `attempt` that have no process yet; `onLaunch` is called with each and its rank, and
  /// may end the attempt.
  func launch(
    _ attempt: Attempt, _ order: StartOrder, _ channels: EventSet<TaskChannel>, onLaunch: (Launch, Int) -> Void
  ) throws(Failure) {
    try check(order)
    let streams: TaskStreams
    do { streams = try TaskStreams(for: order, attempt, files, noInput: noInput) } catch {
      throw streamFailure(error, order)
    }
    try giveAccess(attempt)
    let command = try giveFiles(attempt, order)
    listHosts(attempt, order)
    let cgroups = try openCgroups(attempt)
    defer { for number in cgroups { close(number) } }
    let numbers = streams.numbers
    var image = ProcessImage(
      candidates: candidates(command, order), arguments: CStrings(command), environment: CStrings(),
      workingDirectory: order.workingDirectory,
      descriptors: (input: numbers.0, output: numbers.1, error: numbers.2), umask: order.umask,
      resourceLimits: try resourceLimits(order), cgroups: cgroups, signalsToReset: signalsToReset)
    while attempt.phase == .waiting, let rank = attempt.unlaunched.last {
      let placement = order.tasks[rank]
      let ends = try TaskEnds(attempt, rank, channels)
      image.descriptors.input = ends.inputDescriptor ?? numbers.0
      let own = try openFiles(attempt, order, rank: rank, channels)
      image.descriptors.output = ends.outputDescriptor ?? own.output ?? numbers.1
      image.descriptors.error = ends.errorDescriptor ?? own.error ?? numbers.2
      image.extraDescriptor = ends.pmiDescriptor
      image.environment = environment(attempt, order, placement, rank: rank)
      image.cpus = allowedCPUs.isSuperset(of: placement.cpus) ? placement.cpus : []
      let launch: Launch
      do { launch = try image.launch() } catch {
        attempt.closeChannels(of: rank, channels, mayReturn: true)
        throw Self.failure(error, order)
      }
      attempt.unlaunched.removeLast()
      onLaunch(launch, rank)
    }
  }

  private func openFiles(
    _ attempt: Attempt, _ order: StartOrder, rank: Int, _ channels: EventSet<TaskChannel>
  ) throws(Failure) -> TaskFiles {
    do throws(TaskStreams.Failure) {
      return try TaskFiles(for: order, rank: rank, order.tasks[rank])
    } catch {
      attempt.closeChannels(of: rank, channels, mayReturn: true)
      throw streamFailure(error, order)
    }
  }

  /// What the kernel would read differently than it was written.
  private func check(_ order: StartOrder) throws(Failure) {
    guard let program = order.command.first else { throw Failure(reason: "exec: the command is empty") }
    if program.isEmpty { throw Failure(reason: "exec: ENOENT (the program's name is empty)", exitCode: 127) }
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
  private func candidates(_ command: [String], _ order: StartOrder) -> CStrings {
    let program = command[0]
    if program.utf8.contains(UInt8(ascii: "/")) { return CStrings([program]) }
    // Where a job sets none: what the C library's execvp would use.
    let path = order.environment.last { $0.name == "PATH" }?.value ?? "/bin:/usr/bin"
    return CStrings(
      path.split(separator: ":", omittingEmptySubsequences: false).map {
        $0.isEmpty ? program : "\($0)/\(program)"
      })
  }

  /// What an attempt gets once: its token in a file, and a directory for what it does not keep.
  private func giveAccess(_ attempt: Attempt) throws(Failure) {
    if attempt.directory == nil { attempt.directory = directories.take() }
    guard let token = attempt.access.token else { return }
    do throws(SystemError) { attempt.tokenPath = try tokens.write(token, for: attempt.id) } catch {
      throw Failure(reason: "token: \(error.text)", isShortage: error.isShortage)
    }
    attempt.access.token = nil
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

  private static func exitCode(_ error: SystemError) -> Int32 {
    error.number == ENOENT || error.number == ENOTDIR ? 127 : 126
  }

  /// What the user is told of a step that failed.
  static func failure(_ failure: ProcessImage.Failure, _ order: StartOrder) -> Failure {
    let about: String? =
      switch failure.step {
      case .workingDirectory: order.workingDirectory
      case .exec: order.command[0]
      default: nil
      }
    let suffix = about.map { ": \($0)" } ?? ""
    // exec's ENOMEM and EAGAIN may speak of the program or the user's own limits, but pass as well.
    return Failure(
      reason: "\(failure.step.rawValue): \(failure.error.text)\(suffix)", isShortage: failure.error.isShortage,
      exitCode: failure.step == .exec ? exitCode(failure.error) : nil)
  }
}

/// The operating-system numbers of the CPUs that this process may use, ascending.
func allowedCPUNumbers() -> [Int] {
  var numbers = [Int32](repeating: 0, count: 1_024)
  let count = unsafe sluice_allowed_cpus(&numbers, Int32(numbers.count))
  return numbers.prefix(Int(count)).map(Int.init)
}

import CProcess
import Glibc

/// Everything that starting one program needs: a Swift face of the C launch call.
struct ProcessImage {
  /// Paths that are tried in order.
  var candidates: CStrings
  var arguments: CStrings
  var environment: CStrings
  /// `nil`: this process's own.
  var workingDirectory: String?
  /// Become standard input, output and error; every other descriptor is closed.
  var descriptors: (input: Int32, output: Int32, error: Int32)
  /// Becomes the descriptor behind those; -1: there is none.
  var extraDescriptor: Int32 = -1
  var umask: UInt32?
  var resourceLimits: [sluice_resource_limit] = []
  /// Operating-system CPU numbers; empty: not bound.
  var cpus: [Int] = []
  /// Open `cgroup.procs` files.
  var cgroups: [Int32] = []
  /// The child is killed when this process ends.
  var diesWithParent = true
  var signalsToReset: UInt64 = 0

  /// A step that failed, and why.
  struct Failure: Error {
    let step: Step
    let error: SystemError
  }

  enum Step: String {
    case clone = "spawn"
    case session, parentDeath = "parent death signal"
    case cgroup, affinity
    case workingDirectory = "cwd"
    case descriptors, resourceLimit = "rlimit"
    case signals, exec
  }

  /// Begins to start the program in a session of its own; nothing of this value is needed any more after that.
  mutating func launch() throws(Failure) -> Launch {
    var pid: pid_t = 0
    guard let handle = unsafe withRequest({ request in unsafe sluice_launch_begin(request, &pid) }) else {
      throw Failure(step: .clone, error: SystemError(-pid))
    }
    return unsafe Launch(handle, pid: pid)
  }

  /// Starts the program and returns when it is running.
  mutating func spawn() throws(Failure) -> pid_t {
    let launch = try launch()
    do { try launch.finish() } catch {
      _ = waitpid(launch.pid, nil, 0)
      throw error
    }
    return launch.pid
  }

  private mutating func withRequest<Result>(
    _ body: (UnsafePointer<sluice_spawn_request>) -> Result
  ) -> Result {
    var request = unsafe sluice_spawn_request()
    unsafe request.descriptors = (
      descriptors.input, descriptors.output, descriptors.error, extraDescriptor
    )
    unsafe request.file_mode_mask = umask.map { Int32(truncatingIfNeeded: $0 & 0o777) } ?? -1
    unsafe request.parent_death_signal = diesWithParent ? SIGKILL : 0
    unsafe request.signals_to_reset = signalsToReset
    unsafe request.resource_limit_count = resourceLimits.count
    unsafe request.cgroup_count = cgroups.count
    let (cpuSet, limits, groups, directory) = (cpuWords, resourceLimits, cgroups, workingDirectory)
    unsafe request.cpu_set_bytes = cpuSet.count * 8
    return unsafe candidates.withPointers { paths in
      unsafe arguments.withPointers { argv in
        unsafe environment.withPointers { envp in
          unsafe cpuSet.withUnsafeBytes { cpuSet in
            unsafe limits.withUnsafeBufferPointer { limits in
              unsafe groups.withUnsafeBufferPointer { groups in
                unsafe request.candidates = paths
                unsafe request.argv = argv
                unsafe request.envp = envp
                unsafe request.cpu_set = cpuSet.isEmpty ? nil : cpuSet.baseAddress
                unsafe request.resource_limits = limits.baseAddress
                unsafe request.cgroups = groups.baseAddress
                guard let directory else { return unsafe body(&request) }
                return unsafe directory.withCString { directory in
                  unsafe request.working_directory = directory
                  return unsafe body(&request)
                }
              }
            }
          }
        }
      }
    }
  }

  /// The CPUs as the bits that the kernel reads, in words of 64.
  private var cpuWords: [UInt64] {
    guard let highest = cpus.max(), (cpus.min() ?? 0) >= 0 else { return [] }
    var words = [UInt64](repeating: 0, count: highest / 64 + 1)
    for cpu in cpus { words[cpu / 64] |= 1 << UInt64(cpu % 64) }
    return words
  }
}

extension ProcessImage.Step {
  init(_ step: sluice_spawn_step) {
    self =
      switch step {
      case SLUICE_SPAWN_SESSION: .session
      case SLUICE_SPAWN_PARENT_DEATH: .parentDeath
      case SLUICE_SPAWN_CGROUP: .cgroup
      case SLUICE_SPAWN_AFFINITY: .affinity
      case SLUICE_SPAWN_WORKING_DIRECTORY: .workingDirectory
      case SLUICE_SPAWN_DESCRIPTORS: .descriptors
      case SLUICE_SPAWN_RESOURCE_LIMIT: .resourceLimit
      case SLUICE_SPAWN_SIGNALS: .signals
      case SLUICE_SPAWN_EXEC: .exec
      default: .clone
      }
  }
}

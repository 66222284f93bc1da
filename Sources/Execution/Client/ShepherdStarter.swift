import CProcess
import Glibc

/// Gets a connection to the shepherd, starting one where none listens.
struct ShepherdStarter {
  /// How long a shepherd that was just started may take to listen before another one is tried. One that sweeps
  /// long takes longer, but holds its lock, so the other one ends by itself.
  private static let startPatience = MonotonicTime(microseconds: 10_000_000)
  private static let pauses: (first: Int32, last: Int32) = (5, 1_000)

  private let configuration: ShepherdClientConfiguration
  /// The shepherd that this process started: to be reaped, should it end before its broker.
  private var started: pid_t?

  init(_ configuration: ShepherdClientConfiguration) { self.configuration = configuration }

  /// Tries until there is a connection or the client stops.
  mutating func connect(pausing pipe: WakePipe, isStopping: () -> Bool) -> FramedConnection? {
    var pause = Self.pauses.first
    var startedAt: MonotonicTime?
    while !isStopping() {
      if let socket = try? LocalSocket.connect(to: configuration.socketPath) {
        return FramedConnection(socket)
      }
      reap()
      let now = MonotonicTime.now
      let isOverdue =
        startedAt.map { now.microseconds - $0.microseconds > Self.startPatience.microseconds } ?? true
      if isOverdue || started == nil {
        if startedAt != nil { pause = min(pause * 2, Self.pauses.last) }
        startedAt = now
        startShepherd()
      }
      pipe.wait(milliseconds: pause)
    }
    return nil
  }

  /// Takes the exit of the shepherd that this process started, if it ended.
  mutating func reap() {
    guard let pid = started else { return }
    var status: Int32 = 0
    if unsafe waitpid(pid, &status, WNOHANG) != 0 { started = nil }
  }

  private mutating func startShepherd() {
    let log = "\(configuration.stateDirectory)/shepherd.log"
    guard let null = try? Descriptor(path: "/dev/null", flags: O_RDWR),
      let errors = try? Descriptor(path: log, flags: O_WRONLY | O_CREAT | O_APPEND)
    else { return }
    let options = [
      "--socket", configuration.socketPath, "--state", configuration.stateDirectory, "--cgroups",
      configuration.cgroups,
    ]
    var image = ProcessImage(
      candidates: CStrings([configuration.executable]),
      arguments: CStrings([configuration.executable] + configuration.arguments + options),
      environment: CStrings(configuration.environment), workingDirectory: "/",
      descriptors: (input: null.number, output: null.number, error: errors.number), diesWithParent: false,
      signalsToReset: sluice_changed_signals())
    do {
      started = try image.spawn()
    } catch {
      try? errors.write(
        "sluice: cannot start \(configuration.executable): \(error.step.rawValue): \(error.error.text)\n")
    }
  }
}

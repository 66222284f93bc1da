import BrokerCore
import CProcess
import Glibc
import Vocabulary

/// The shepherd's only loop, on its only thread: orders in, processes out, exits back, reports out.
///
/// One turn: launch some of the waiting attempts, signal, fire timers, see which attempts are over, send what there
/// is to report, wait. Nothing in it blocks but beginning a process.
final class ShepherdLoop {
  let configuration: ShepherdConfiguration
  let incarnation: UInt64
  let files: OutputFiles
  let launcher: TaskLauncher
  let cgroups: CgroupHierarchy?
  let listener: Descriptor
  let children = DirectChildren()
  private let state: ShepherdState
  private let childEvents: Descriptor

  // MARK: Attempts
  var attempts: [AttemptID: Attempt] = [:]
  var recent = RecentAttempts()
  /// Attempts with tasks to spawn, in the order of their orders.
  var waiting: [AttemptID] = []
  var waitingStart = 0
  /// Tasks whose programs may not run yet, in the order of their processes.
  var pendingLaunches: [PendingLaunch] = []
  /// Attempts whose tasks are all reaped, and of which something may be left.
  var draining: [AttemptID] = []
  var memoryWatched: Set<AttemptID> = []
  var isMemoryTimerArmed = false
  /// Groups of ended attempts that the kernel would not remove yet.
  var busyLeaves: [CgroupLeaf] = []

  // MARK: Processes
  /// Tasks that were not reaped yet.
  var leaders: [pid_t: AttemptID] = [:]
  /// Every session of an attempt that has not ended; its number cannot be another's while a process is in it.
  var sessions: [pid_t: AttemptID] = [:]
  /// Adopted children whose attempt is known. They are ours to reap, so their numbers stay theirs until then.
  var strays: [pid_t: AttemptID] = [:]
  /// How often an adopted child was seen of which nothing could be told.
  var looks: [pid_t: Int] = [:]
  /// The kernel said so after the last spawn.
  var hasNoChildren = false
  /// Something was reaped or drained since the attempts were last looked through.
  var needsSettling = false
  var settlePause = TimeSpan.zero
  /// Signals that go to every process of an attempt, groups already done.
  var wideSignals: [(id: AttemptID, signal: Int32)] = []

  // MARK: Time, tasks and the broker
  var timers = TimerHeap<ShepherdTimer>()
  let channels = EventSet<TaskChannel>()
  var broker: FramedConnection?
  /// Connections that have not said hello.
  var strangers: [FramedConnection] = []
  var outgoing = ByteWriter()
  var isAcceptPaused = false
  var isRetiring = false
  var failpoints: Failpoints

  init(_ configuration: ShepherdConfiguration) throws(ShepherdError) {
    self.configuration = configuration
    failpoints = Failpoints(setting: environmentValue(Failpoints.variable))
    incarnation = UInt64.random(in: 1...UInt64.max)
    state = try ShepherdState(directory: configuration.stateDirectory)
    let events = sluice_child_event_descriptor()
    guard events >= 0, sluice_become_subreaper() == 0 else {
      throw .cannotPrepare("child events: \(SystemError.last.text)")
    }
    childEvents = Descriptor(owning: events)
    cgroups = CgroupHierarchy(mode: configuration.cgroups, name: "sluice-\(hexadecimal(state.number))")
    LeftoverSweep(state: state.number, incarnation: incarnation, cgroups: cgroups).run(log: Self.log)
    let store = OutputStore(stateDirectory: configuration.stateDirectory)
    files = OutputFiles(store)
    do throws(SystemError) {
      try store.prepare()
      launcher = try TaskLauncher(
        files: files,
        tokens: TokenFiles(state: state.number, stateDirectory: configuration.stateDirectory),
        directories: JobDirectories(
          state: state.number, incarnation: incarnation, stateDirectory: configuration.stateDirectory),
        state: state.number, incarnation: incarnation)
    } catch {
      throw .cannotPrepare("files of jobs: \(error.text)")
    }
    listener = try Self.listen(configuration.socketPath)
  }

  private static func listen(_ path: String) throws(ShepherdError) -> Descriptor {
    do throws(SystemError) { return try LocalSocket.listen(at: path, backlog: 16) } catch {
      throw .cannotPrepare("socket: \(error.text)")
    }
  }

  func run() -> Never {
    retireIfAbandoned()
    while true {
      launchSome()
      concludeLaunches()
      fireTimers()
      sendWideSignals()
      settle()
      if isRetiring { retireIfDone() }
      flush()
      waitForEvents()
    }
  }

  /// Waits for the next event, then takes in what ended and what arrived.
  private func waitForEvents() {
    let strangers = strangers
    let broker = broker
    var watched = [
      pollfd(fd: childEvents.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: isAcceptPaused ? -1 : listener.number, events: Int16(POLLIN), revents: 0),
      pollfd(
        fd: broker?.descriptor ?? -1, events: Int16(POLLIN | (broker?.hasUnsent == true ? POLLOUT : 0)),
        revents: 0),
      pollfd(fd: channels.isEmpty ? -1 : channels.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    for stranger in strangers {
      watched.append(pollfd(fd: stranger.descriptor, events: Int16(POLLIN), revents: 0))
    }
    let count = unsafe poll(&watched, nfds_t(watched.count), pollTimeout)
    guard count > 0 else { return }
    if watched[3].revents != 0 { attendTasks() }
    if watched[0].revents != 0 { reapChildren() }
    for (index, stranger) in strangers.enumerated() where watched[4 + index].revents != 0 { greet(stranger) }
    if let broker, watched[2].revents != 0, broker === self.broker { readOrders(broker) }
    if watched[1].revents != 0 { acceptStranger() }
  }

  private var pollTimeout: Int32 {
    if waitingStart < waiting.count || needsSettling { return 0 }
    let pause = timers.first?.millisecondsSince(.now) ?? -1
    guard !pendingLaunches.isEmpty else { return pause }
    // Nothing tells that a program runs; an exec takes less than a millisecond.
    return pause < 0 ? 1 : min(pause, 1)
  }

  /// Takes the events off their descriptor: they are hints only, `waitid` says what ended.
  func drainChildEvents() {
    // One signalfd_siginfo has 128 bytes; pending signals of one number are merged into one.
    unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
      unsafe _ = read(childEvents.number, buffer.baseAddress, 512)
    }
  }

  /// Writes a line to the log, which is standard error.
  static func log(_ message: String) {
    var line = "sluice shepherd: \(message)\n"
    line.withUTF8 { bytes in unsafe _ = write(2, bytes.baseAddress, bytes.count) }
  }
}

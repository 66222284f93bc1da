import Glibc

/// Runs a command that turns its standard input into its standard output; its standard error is ours.
enum Filter {
  struct Outcome: Sendable {
    /// As a shell numbers it: 128 and the signal where one ended the command.
    let exitStatus: Int32
    let output: [UInt8]
  }

  struct Failure: Error {
    let reason: String
  }

  private static let pieceBytes = 64 << 10

  /// - Parameters:
  ///   - command: looked up in `PATH`.
  ///   - outputLimit: bytes; a command that writes more is ended.
  ///   - seconds: one that takes longer is ended, with all that it started; `nil`: as long as it likes.
  ///   - isCancelled: asked some times a second where there is a limit; then it is ended as well.
  ///   - environment: added to our own.
  static func run(
    _ command: [String], input: [UInt8], outputLimit: Int, environment: [String: String] = [:], seconds: Double? = nil,
    isCancelled: @escaping () -> Bool = { false }
  ) throws(Failure) -> Outcome {
    // A command that does not read its input is no reason to die.
    signal(SIGPIPE, SIG_IGN)
    let (input0, input1) = try makePipe()
    let (output0, output1) = try makePipe()
    let child: pid_t
    do throws(Failure) {
      child = try spawn(command, environment, input: input0, output: output1, inGroup: seconds != nil)
    } catch {
      for descriptor in [input0, input1, output0, output1] { close(descriptor) }
      throw error
    }
    close(input0)
    close(output1)
    // Its group, so that nothing of it is left behind.
    defer { if seconds != nil { kill(-child, SIGKILL) } }
    do throws(Failure) {
      let patience = Patience(seconds: seconds, isCancelled: isCancelled)
      let output = try exchange(input, to: input1, from: output0, limit: outputLimit, patience)
      while seconds != nil, !hasEnded(child) {
        try patience.check()
        usleep(5_000)
      }
      return Outcome(exitStatus: wait(for: child), output: output)
    } catch {
      kill(child, SIGKILL)
      _ = wait(for: child)
      throw error
    }
  }

  /// How long a command may take.
  private struct Patience {
    private let deadline: Double?
    private let seconds: Double?
    private let isCancelled: () -> Bool

    init(seconds: Double?, isCancelled: @escaping () -> Bool) {
      self.seconds = seconds
      self.isCancelled = isCancelled
      deadline = seconds.map { Clock.monotonicSeconds + $0 }
    }

    func check() throws(Failure) {
      if let deadline, Clock.monotonicSeconds >= deadline {
        throw Failure(reason: "it took more than \(seconds ?? 0) seconds")
      }
      if isCancelled() { throw Failure(reason: "it was interrupted") }
    }

    /// For `poll`: -1, without end, or a fraction of a second.
    var milliseconds: Int32 { deadline == nil ? -1 : 100 }
  }

  /// It stays to be waited for.
  private static func hasEnded(_ child: pid_t) -> Bool {
    var info = unsafe siginfo_t()
    let result = unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT)
    return result == 0 && (unsafe info.si_signo) != 0
  }

  /// Both ends stay with us alone.
  private static func makePipe() throws(Failure) -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw Failure(reason: "no pipe: error \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ command: [String], _ environment: [String: String], input: CInt, output: CInt, inGroup: Bool
  ) throws(Failure) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    // What we ignore, the command should not.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var reset = sigset_t()
    unsafe sigemptyset(&reset)
    unsafe sigaddset(&reset, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &reset)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGDEF | (inGroup ? POSIX_SPAWN_SETPGROUP : 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    let variables = ProcessEnvironment.current.merging(environment) { $1 }
    var settings = unsafe variables.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (arguments + settings).forEach { unsafe free($0) } }
    var child: pid_t = 0
    let code = unsafe posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &settings)
    guard code == 0 else { throw Failure(reason: "\(command[0]) cannot be run: error \(code)") }
    return child
  }

  /// Writes and reads at once, so that neither side waits for the other for ever; closes both ends.
  /// - Returns: what was read until its end.
  private static func exchange(
    _ input: [UInt8], to sink: CInt, from source: CInt, limit: Int, _ patience: Patience
  ) throws(Failure) -> [UInt8] {
    var unwritten = input[...]
    var isWriting = true
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: pieceBytes)
    _ = fcntl(sink, F_SETFL, O_NONBLOCK)
    func stopWriting() {
      if isWriting { close(sink) }
      isWriting = false
    }
    defer {
      stopWriting()
      close(source)
    }
    while true {
      if unwritten.isEmpty { stopWriting() }
      var polled = [pollfd(fd: source, events: Int16(POLLIN), revents: 0)]
      if isWriting { polled.append(pollfd(fd: sink, events: Int16(POLLOUT), revents: 0)) }
      try patience.check()
      guard unsafe poll(&polled, nfds_t(polled.count), patience.milliseconds) > 0 else { continue }
      if isWriting, polled[1].revents != 0 {
        let count = unsafe unwritten.withUnsafeBytes { unsafe write(sink, $0.baseAddress, $0.count) }
        if count > 0 {
          unwritten = unwritten.dropFirst(count)
        } else if errno != EAGAIN, errno != EINTR {
          stopWriting()
        }
      }
      guard polled[0].revents != 0 else { continue }
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(source, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return output }
      output += buffer.prefix(count)
      guard output.count <= limit else { throw Failure(reason: "the answer is larger than \(limit) bytes") }
    }
  }

  private static func wait(for child: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }
}

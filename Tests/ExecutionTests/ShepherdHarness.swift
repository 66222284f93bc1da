import BrokerCore
import Foundation
import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import Execution

/// A real shepherd process with a client, in a directory of its own, gone at the end of the test.
final class ShepherdHarness {
  let directory: String
  let recorder = ReportRecorder()
  private(set) var client: ShepherdClient
  private let configuration: ShepherdClientConfiguration

  /// - Parameter failpoint: the place where the shepherd shall kill itself.
  init(
    cgroups: String = "off", failpoint: String? = nil, brokerURI: String? = nil,
    jobToken: @escaping @Sendable (AttemptID) -> String? = { _ in nil }
  ) throws {
    directory = NSTemporaryDirectory() + "sluice-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    configuration = ShepherdClientConfiguration(
      socketPath: directory + "/s", stateDirectory: directory, executable: try Self.program(),
      cgroups: cgroups,
      environment: failpoint.map { ["SLUICE_FAILPOINT=\($0)"] } ?? [], brokerURI: brokerURI,
      jobToken: jobToken)
    client = ShepherdClient(configuration, sink: recorder.sink)
    recorder.admits(client)
    client.start()
  }

  /// The binary under test: `SLUICE_BINARY`, or `sluice` where the package was built.
  static func program() throws -> String {
    if let path = ProcessInfo.processInfo.environment["SLUICE_BINARY"] { return path }
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var candidates = [(own as NSString).deletingLastPathComponent + "/sluice"]
    for argument in CommandLine.arguments where argument.contains(".build/") || argument.contains(".xctest") {
      let path = (argument as NSString).deletingLastPathComponent
      candidates.append(path + "/sluice")
    }
    return try #require(
      candidates.first { FileManager.default.isExecutableFile(atPath: $0) },
      "set SLUICE_BINARY to the sluice binary; looked at \(candidates)")
  }

  deinit {
    client.retireShepherd(endingAll: true)
    client.stop()
    recorder.admits(nil)
    // A client that was not connected could not tell it to retire.
    let deadline = Date().addingTimeInterval(0.5)
    while FileManager.default.fileExists(atPath: directory + "/s"), Date() < deadline { usleep(2_000) }
    // There may be two: the client starts another one where the first is gone before the client is stopped, and a
    // process in the middle of an exec shows no arguments yet.
    for _ in 0..<2 {
      while let pid = shepherdPID {
        kill(pid, SIGKILL)
        usleep(1_000)
      }
      usleep(5_000)
    }
    // A shepherd that was killed could not remove the directory of its tokens.
    if let number = text("shepherd.lock") { rmdir("/dev/shm/sluice-\(number)") }
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// As after a crash of the broker: another client finds the same shepherd.
  func replaceClient() {
    client.stop()
    client = ShepherdClient(configuration, sink: recorder.sink)
    recorder.admits(client)
    client.start()
  }

  func stopClient() { client.stop() }

  func makeSecondClient(sink: @escaping ExecutionReportSink) -> ShepherdClient {
    ShepherdClient(configuration, sink: sink)
  }

  /// The process that holds the lock of the state directory.
  var shepherdPID: pid_t? {
    for pid in processNumbers() {
      let words = commandLine(of: pid)
      if words.count > 1, words[1] == "shepherd", words.contains(directory) { return pid }
    }
    return nil
  }

  func path(_ name: String) -> String { directory + "/" + name }

  func text(_ name: String) -> String? {
    FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
  }

  func output(_ id: AttemptID, _ stream: OutputStore.Stream = .output) -> String? {
    FileManager.default.contents(atPath: OutputStore(stateDirectory: directory).path(id, stream))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Runs a script to its end.
  func run(_ script: String, adjust: (inout OrderDraft) -> Void = { _ in }) throws -> (AttemptID, AttemptEnd) {
    try run(["/bin/sh", "-c", script], adjust: adjust)
  }

  func run(_ command: [String], adjust: (inout OrderDraft) -> Void = { _ in }) throws -> (
    AttemptID, AttemptEnd
  ) {
    let id = try start(command, adjust: adjust)
    return (id, try recorder.end(of: id))
  }

  func start(_ command: [String], adjust: (inout OrderDraft) -> Void = { _ in }) throws -> AttemptID {
    _ = try recorder.joined(1)
    var draft = OrderDraft(command: command, directory: directory)
    adjust(&draft)
    client.carryOut([.start(draft.order)])
    return draft.id
  }

  func start(_ script: String, adjust: (inout OrderDraft) -> Void = { _ in }) throws -> AttemptID {
    try start(["/bin/sh", "-c", script], adjust: adjust)
  }

  /// Waits until a task has written a whole line into a file of the directory.
  func line(in name: String) throws -> String {
    let deadline = Date().addingTimeInterval(10)
    while Date() < deadline {
      if let text = text(name), text.hasSuffix("\n") { return text.trimmingCharacters(in: .newlines) }
      usleep(1_000)
    }
    throw TestTimeout(what: "a line in \(name)")
  }
}

struct TestTimeout: Error { let what: String }

/// A start order in the making.
struct OrderDraft {
  private static let counter = Atomic<UInt64>(1)

  var id = AttemptID(job: JobID(Self.counter.add(1, ordering: .relaxed).newValue), attempt: 1)
  var command: [String]
  var environment = [EnvironmentVariable(name: "PATH", value: "/usr/bin:/bin")]
  var directory: String
  var tasks = [TaskPlacement(node: 0, localID: 0, cpus: [], gpus: [])]
  var timeLimit: TimeSpan?
  var grace = TimeSpan.seconds(5)
  var memoryLimit: Int64?
  var umask: UInt32?
  var limits: [ResourceLimit] = []
  var input: String?
  var output: String?
  var error: String?
  var mockDuration: TimeSpan?
  var startedAt: Timestamp?
  var shell = ShellOptions()

  init(command: [String] = ["true"], directory: String = "/") {
    self.command = command
    self.directory = directory
  }

  var order: StartOrder {
    StartOrder(
      id: id, command: command, environment: environment, workingDirectory: directory, tasks: tasks,
      nodeCount: 1,
      timeLimit: timeLimit, grace: grace, memoryLimit: memoryLimit, umask: umask, resourceLimits: limits,
      input: input, output: output, error: error, mockDuration: mockDuration, startedAt: startedAt,
      shell: shell)
  }
}

/// Read entry by entry: Foundation's listing fails when a process ends while it looks at it.
func processNumbers() -> [pid_t] { ProcessTable.everyProcess() }

func commandLine(of pid: pid_t) -> [String] {
  guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return [] }
  return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}

/// Neither running nor waiting to be reaped; a zombie of another parent counts as gone.
func isGone(_ pid: pid_t) -> Bool {
  guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
  return stat.split(separator: ")").last?.hasPrefix(" Z") ?? true
}

func waitUntil(_ what: String, seconds: Double = 10, _ condition: () -> Bool) throws {
  let deadline = Date().addingTimeInterval(seconds)
  while Date() < deadline {
    if condition() { return }
    usleep(1_000)
  }
  throw TestTimeout(what: what)
}

import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// What survives the death of a broker, of a shepherd, and of a connection.
@Suite("A shepherd") struct RestartTests {
  @Test("runs on while its broker is away, and repeats its reports until they are acknowledged")
  func reconnection() throws {
    let shepherd = try ShepherdHarness()
    let quick = try shepherd.start("exit 5")
    let slow = try shepherd.start("while [ ! -e go ]; do sleep 0.01; done; exit 6")
    _ = try shepherd.recorder.end(of: quick)
    try shepherd.recorder.started(slow)
    let first = try shepherd.recorder.joined(1)
    let pid = try #require(shepherd.shepherdPID)
    shepherd.stopClient()
    try "".write(toFile: shepherd.path("go"), atomically: true, encoding: .utf8)

    shepherd.replaceClient()
    let second = try shepherd.recorder.joined(2)
    #expect(second.incarnation == first.incarnation)
    #expect(second.known == [quick, slow].sorted())
    #expect(try shepherd.recorder.end(of: slow).waitStatus == 6 << 8)
    try shepherd.recorder.wait("the repeated end") { reports in
      reports.count { if case .ended(quick, _, _) = $0 { true } else { false } } == 2 ? () : nil
    }
    #expect(shepherd.shepherdPID == pid)

    shepherd.client.carryOut([
      .acknowledge(quick, .started), .acknowledge(quick, .ended), .acknowledge(slow, .started),
      .acknowledge(slow, .ended),
    ])
    // An order after them in the same stream: when it is carried out, so are they.
    let marker = try shepherd.run("true").0
    shepherd.replaceClient()
    #expect(try shepherd.recorder.joined(3).known == [marker])
  }

  @Test("carries out a repeated start order once, before and after its end was acknowledged")
  func repeated() throws {
    let shepherd = try ShepherdHarness()
    _ = try shepherd.recorder.joined(1)
    var draft = OrderDraft(command: ["/bin/sh", "-c", "echo run >> marks"], directory: shepherd.directory)
    draft.id = AttemptID(job: JobID(77), attempt: 1)
    shepherd.client.carryOut([.start(draft.order), .start(draft.order)])
    _ = try shepherd.recorder.end(of: draft.id)
    shepherd.client.carryOut([.start(draft.order), .acknowledge(draft.id, .ended), .start(draft.order)])
    _ = try shepherd.run("true")
    #expect(shepherd.text("marks") == "run\n")
    draft.id = AttemptID(job: JobID(77), attempt: 2)
    shepherd.client.carryOut([.start(draft.order)])
    _ = try shepherd.recorder.end(of: draft.id)
    #expect(shepherd.text("marks") == "run\nrun\n")
  }

  @Test("that is killed takes its tasks with it, and the next one knows nothing and has swept")
  func killed() throws {
    let shepherd = try ShepherdHarness()
    let script = "setsid sh -c 'trap \"\" HUP; echo $$ > far; exec sleep 67' & echo $$ > near; sleep 68"
    let id = try shepherd.start(script)
    let processes = try [shepherd.line(in: "near"), shepherd.line(in: "far")].map { try #require(pid_t($0)) }
    let first = try shepherd.recorder.joined(1)
    kill(try #require(shepherd.shepherdPID), SIGKILL)
    let second = try shepherd.recorder.joined(2)
    #expect(second.incarnation != first.incarnation)
    #expect(second.known.isEmpty)
    #expect(processes.allSatisfy(isGone))
    #expect(shepherd.recorder.count { if case .ended(id, _, _) = $0 { true } else { false } } == 0)
    #expect(try shepherd.run("exit 4").1.waitStatus == 4 << 8)
  }

  @Test(
    "killed at a failpoint starts no program twice in one incarnation and none survives",
    arguments: ["exec.beforeSpawn", "exec.afterSpawnBeforeReport:2", "finish.beforeReport"])
  func failpoint(_ name: String) throws {
    let shepherd = try ShepherdHarness(failpoint: name)
    let first = try shepherd.recorder.joined(1)
    for _ in 0..<2 {
      let draft = OrderDraft(command: ["/bin/sh", "-c", "echo $$ >> pids"], directory: shepherd.directory)
      shepherd.client.carryOut([.start(draft.order)])
    }
    let second = try shepherd.recorder.joined(2)
    #expect(second.incarnation != first.incarnation && second.known.isEmpty)
    let pids = (shepherd.text("pids") ?? "").split(separator: "\n").compactMap { pid_t($0) }
    #expect(pids.count <= 2 && pids.allSatisfy(isGone))
  }

  @Test("ignores SIGTERM, SIGINT and SIGHUP, and tasks do not inherit that")
  func signals() throws {
    let shepherd = try ShepherdHarness()
    let id = try shepherd.start("sleep 69")
    try shepherd.recorder.started(id)
    let pid = try #require(shepherd.shepherdPID)
    for number in [SIGTERM, SIGINT, SIGHUP] { kill(pid, number) }
    #expect(try shepherd.run("true").1.cause == .exited)
    shepherd.client.carryOut([.terminate(id, grace: .seconds(20))])
    #expect(try shepherd.recorder.end(of: id).waitStatus == SIGTERM)
    #expect(shepherd.shepherdPID == pid)
  }

  @Test("gives a new broker's hello precedence over an old connection")
  func precedence() throws {
    let shepherd = try ShepherdHarness()
    _ = try shepherd.recorder.joined(1)
    let recorder = ReportRecorder()
    let other = shepherd.makeSecondClient(sink: recorder.sink)
    shepherd.stopClient()
    other.start()
    _ = try recorder.joined(1)
    other.stop()
    shepherd.replaceClient()
    _ = try shepherd.recorder.joined(2)
  }

  @Test("closes a connection that sends garbage, half a frame or too long a frame, and serves on")
  func garbage() throws {
    let shepherd = try ShepherdHarness()
    _ = try shepherd.recorder.joined(1)
    var seed = SystemRandomNumberGenerator()
    let noise = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &seed) }
    let hello: [UInt8] = [6, 0, 0, 0, 1, 0x53, 0x4C, 0x55, 0x58, wireVersion]
    for bytes in [
      noise, [255, 255, 255, 255, 1], [0, 0, 0, 0], [6, 0, 0, 0, 1, 1, 2, 3, 4, 1], Array(hello.prefix(7)),
    ] {
      let socket = try connectTo(shepherd.path("s"))
      _ = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      shutdown(socket, Int32(SHUT_WR))
      #expect(readToEnd(socket).isEmpty)
      close(socket)
    }
    // After a proper hello: an order that lies about its length; the answer is a hello, then the end.
    let socket = try connectTo(shepherd.path("s"))
    let lie = hello + [9, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    _ = lie.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    _ = readToEnd(socket)
    close(socket)
    _ = try shepherd.recorder.joined(2)
    #expect(try shepherd.run("exit 2").1.waitStatus == 2 << 8)
  }

  private func connectTo(_ path: String) throws -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0)
    // A connection that stays open fails the test instead of holding it.
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    return number
  }

  private func readToEnd(_ socket: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(socket, &chunk, chunk.count, 0)
      if count == 0 || (count < 0 && errno == ECONNRESET) { return all }
      if count < 0 {
        Issue.record("the connection stayed open")
        return all
      }
      all += chunk.prefix(count)
    }
  }
}

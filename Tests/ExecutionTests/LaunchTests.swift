import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// Many programs on their way at a time.
@Suite("A launch") struct LaunchTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  @Test("of more tasks than may be on their way at a time starts each once, with its rank")
  func many() throws {
    let count = 300
    let (id, end) = try shepherd.run("echo $FLUX_TASK_RANK") {
      $0.tasks = (0..<count).map { TaskPlacement(node: 0, localID: $0, cpus: [], gpus: []) }
    }
    #expect(end.cause == .exited && end.waitStatus == 0)
    let ranks = try #require(shepherd.output(id)).split(separator: "\n").compactMap { Int($0) }
    #expect(ranks.sorted() == Array(0..<count))
  }

  @Test("that cannot succeed ends an attempt of many tasks, and no process of it is left")
  func manyFailures() throws {
    let (_, end) = try shepherd.run(["/nonexistent"]) {
      $0.tasks = (0..<300).map { TaskPlacement(node: 0, localID: $0, cpus: [], gpus: []) }
    }
    #expect(end.cause == .notStarted("exec: ENOENT (No such file or directory): /nonexistent"))
    let pid = try #require(shepherd.shepherdPID)
    let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    #expect(children.isEmpty)
  }

  @Test("that is terminated in the same breath ends with its cause and leaves nothing", arguments: 0..<20)
  func terminated(_ round: Int) throws {
    _ = try shepherd.recorder.joined(1)
    let draft = OrderDraft(command: ["/bin/sh", "-c", "echo $$ > pid; exec sleep 71"], directory: shepherd.directory)
    shepherd.client.carryOut([.start(draft.order)])
    // From before the process is begun to after its program runs.
    usleep(UInt32(round * 100))
    shepherd.client.carryOut([.terminate(draft.id, grace: .seconds(10))])
    let end = try shepherd.recorder.end(of: draft.id)
    #expect(end.cause == .terminated && (end.waitStatus == SIGTERM || end.waitStatus == 0), "\(end)")
    if let pid = shepherd.text("pid").flatMap({ pid_t($0.trimmingCharacters(in: .newlines)) }) {
      #expect(isGone(pid))
    }
  }
}

/// The calls below a launch, without a shepherd.
@Suite("A launch by itself") struct BareLaunchTests {
  @Test("reports the failed step, and leaves the caller's error number alone")
  func failure() throws {
    for _ in 0..<200 {
      var image = ProcessImage(
        candidates: CStrings(["/nonexistent/a", "/nonexistent/b"]), arguments: CStrings(["a"]),
        environment: CStrings(), workingDirectory: "/", descriptors: (input: 0, output: 1, error: 2))
      let launch = try image.launch()
      errno = EXDEV
      while !launch.isOver { #expect(errno == EXDEV) }
      #expect(throws: ProcessImage.Failure.self) { try launch.finish() }
      #expect(errno == EXDEV)
      var status: Int32 = 0
      #expect(waitpid(launch.pid, &status, 0) == launch.pid && status == 127 << 8)
    }
  }
}

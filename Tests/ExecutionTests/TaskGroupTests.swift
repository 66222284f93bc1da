import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

@Suite("The policy of exits") struct ExitPolicyTests {
  @Test("ends the others at once after a crash, and later after the first exit out of order")
  func verdicts() {
    var policy = ExitPolicy(timeout: .seconds(30), endsOnError: false)
    #expect(policy.take(.init(status: 0)) == .goOn)
    #expect(policy.take(.init(status: SIGTERM, wasSignalled: true)) == .endLater(.seconds(30)))
    #expect(policy.take(.init(status: 256)) == .goOn)
    #expect(policy.take(.init(status: SIGSEGV | 0x80)) == .end)
    var left = ExitPolicy(timeout: .seconds(1), endsOnError: false)
    #expect(left.take(.init(status: 0, leftPMI: true)) == .endLater(.seconds(1)))
    var strict = ExitPolicy(timeout: nil, endsOnError: true)
    #expect(strict.take(.init(status: 0, leftPMI: true)) == .goOn && strict.take(.init(status: 256)) == .end)
    var none = ExitPolicy(timeout: nil, endsOnError: false)
    #expect(none.take(.init(status: SIGKILL)) == .goOn)
  }
}

/// Attempts of several tasks, through a real shepherd.
@Suite("Tasks among several") struct TaskGroupTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  private static func tasks(_ count: Int, perNode: Int = 1_000) -> [TaskPlacement] {
    (0..<count).map { TaskPlacement(node: $0 / perNode, localID: $0 % perNode, cpus: [], gpus: []) }
  }

  @Test("are ended when one of them crashes, and its signal is what is reported")
  func crash() throws {
    let (_, end) = try shepherd.run("[ $FLUX_TASK_RANK = 1 ] && kill -SEGV $$; sleep 60") { $0.tasks = Self.tasks(3) }
    #expect(end.cause == .taskFailed(rank: 1, waitStatus: end.waitStatus) && end.waitStatus & 0x7F == SIGSEGV)
  }

  @Test("are ended a while after one of them failed, at once if asked for, and never if that is not wanted")
  func failure() throws {
    let script = "[ $FLUX_TASK_RANK = 0 ] && exit 3; sleep 60"
    let late = try shepherd.run(script) {
      $0.tasks = Self.tasks(2)
      $0.shell.exitTimeout = .milliseconds(100)
    }
    #expect(late.1.cause == .taskFailed(rank: 0, waitStatus: 3 << 8) && late.1.waitStatus == 3 << 8)
    let soon = try shepherd.run(script) {
      $0.tasks = Self.tasks(2)
      $0.shell.exitsOnError = true
    }
    #expect(soon.1.cause == .taskFailed(rank: 0, waitStatus: 3 << 8))
    let never = try shepherd.run("[ $FLUX_TASK_RANK = 0 ] && kill -9 $$; sleep 0.2; echo still here") {
      $0.tasks = Self.tasks(2)
      $0.shell.exitTimeout = nil
    }
    #expect(never.1.cause == .exited && shepherd.output(never.0) == "still here\n")
  }

  @Test("are told of each other, and one task alone is not")
  func environment() throws {
    let script = "echo $PMI_RANK $PMI_SIZE $PMI_FD $PMI_SPAWNED $SLUICE_TASKMAP $(cat $PSIJ_NODEFILE $SLUICE_HOSTFILE)"
    let (id, _) = try shepherd.run(script) {
      $0.tasks = Self.tasks(4, perNode: 2)
      $0.shell.hosts = ["a", "b"]
    }
    let lines = try #require(shepherd.output(id)).split(separator: "\n").sorted()
    #expect(lines == (0..<4).map { "\($0) 4 3 0 [[0,2,2,1]] a a b b a b" })
    let alone = try shepherd.run("env | grep -c -e ^PMI_ -e NODEFILE -e TASKMAP; ls /proc/self/fd | wc -l") {
      $0.environment.append(EnvironmentVariable(name: "PMI_FD", value: "9"))
    }
    #expect(shepherd.output(alone.0) == "0\n4\n")
  }

  @Test("have one connection each, and none of another's")
  func descriptors() throws {
    let (id, _) = try shepherd.run(["ls", "/proc/self/fd"]) { $0.tasks = Self.tasks(3) }
    let lines = try #require(shepherd.output(id)).split(separator: "\n").sorted()
    #expect(lines == ["0", "1", "2", "3", "4"].flatMap { [$0, $0, $0] })
    let off = try shepherd.run(["ls", "/proc/self/fd"]) {
      $0.tasks = Self.tasks(1) + Self.tasks(1)
      $0.shell.offersPMI = false
    }
    #expect(shepherd.output(off.0)?.contains("4") == false)
  }

  @Test("are ended when one of them breaks the protocol or aborts, and others are not")
  func protocolErrors() throws {
    let other = try shepherd.start("sleep 60")
    let script = """
      if [ $FLUX_TASK_RANK = 1 ]; then
        echo cmd=init pmi_version=1 pmi_subversion=1 >&3; read x <&3; echo rubbish >&3
      fi; sleep 60
      """
    let broken = try shepherd.run(script) { $0.tasks = Self.tasks(2) }.1
    guard case .aborted(1, 1, let message) = broken.cause else { return #expect(Bool(false), "\(broken)") }
    #expect(message.hasPrefix("PMI protocol error"))
    let flood = try shepherd.run(
      "echo cmd=init pmi_version=1 pmi_subversion=1 >&3; head -c 9000 /dev/zero | tr '\\0' a >&3; sleep 60"
    ) { $0.tasks = Self.tasks(2) }.1
    guard case .aborted = flood.cause else { return #expect(Bool(false), "\(flood)") }
    let aborted = try shepherd.run(
      """
      [ $FLUX_TASK_RANK = 0 ] && sleep 60
      echo cmd=init pmi_version=1 pmi_subversion=1 >&3; read x <&3; echo cmd=abort exitcode=9 >&3; exit 9
      """
    ) { $0.tasks = Self.tasks(2) }.1
    #expect(aborted.cause == .aborted(rank: 1, exitCode: 9, message: "") && aborted.waitStatus == 9 << 8)
    shepherd.client.carryOut([.terminate(other, grace: .zero)])
    #expect(try shepherd.recorder.end(of: other).cause == .terminated)
  }

  @Test("get a warning before their time limit")
  func warning() throws {
    let (id, end) = try shepherd.run("trap 'echo warned; exit 4' USR1; while :; do sleep 0.01; done") {
      $0.timeLimit = .seconds(20)
      $0.shell.warning = WarningSignal(signal: SIGUSR1, before: .milliseconds(19_800))
    }
    #expect(end.cause == .exited && end.waitStatus == 4 << 8 && shepherd.output(id) == "warned\n")
  }
}

import BrokerCore
import Execution
import Foundation
import Glibc
import Testing
import Vocabulary

/// When and how attempts end, on a host without control groups.
@Suite("An attempt") struct EndTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  @Test("that exceeds its time limit ends by SIGTERM, with the cause")
  func timeLimit() throws {
    let (_, end) = try shepherd.run("exec sleep 60") { $0.timeLimit = .milliseconds(100) }
    #expect(end.cause == .timeLimit)
    #expect(end.waitStatus == SIGTERM)
  }

  @Test("that ignores SIGTERM at its time limit is killed after its grace")
  func stubborn() throws {
    let began = Date()
    let (_, end) = try shepherd.run("trap '' TERM; while :; do sleep 0.05; done") {
      $0.timeLimit = .milliseconds(200)
      $0.grace = .milliseconds(300)
    }
    #expect(end.cause == .timeLimit)
    #expect(end.waitStatus == SIGKILL)
    #expect(Date().timeIntervalSince(began) >= 0.5)
  }

  @Test("may use its grace to end in order")
  func grace() throws {
    let (id, end) = try shepherd.run(
      "trap 'echo bye; exit 3' TERM; echo up > up; while :; do sleep 0.01; done"
    ) {
      $0.timeLimit = .milliseconds(300)
    }
    #expect(end.cause == .timeLimit && end.waitStatus == 3 << 8)
    #expect(shepherd.output(id)?.contains("bye") == true)
  }

  @Test("is terminated by an order, even while it is stopped, and a second order changes nothing")
  func terminate() throws {
    let id = try shepherd.start("echo $$ > pid; kill -STOP $$; sleep 60")
    let pid = try #require(pid_t(try shepherd.line(in: "pid")))
    shepherd.client.carryOut([.terminate(id, grace: .seconds(20)), .terminate(id, grace: .seconds(30))])
    let end = try shepherd.recorder.end(of: id)
    #expect(end.cause == .terminated && end.waitStatus == SIGTERM)
    #expect(isGone(pid))
  }

  @Test("that was never started ends at once when it is terminated, and is not started afterwards")
  func neverStarted() throws {
    _ = try shepherd.recorder.joined(1)
    let draft = OrderDraft(command: ["/bin/sh", "-c", "echo ran > ran"], directory: shepherd.directory)
    shepherd.client.carryOut([.terminate(draft.id, grace: .seconds(10))])
    let end = try shepherd.recorder.end(of: draft.id)
    #expect(end.cause == .terminated && end.waitStatus == 0 && end.cpuTime == .zero)
    shepherd.client.carryOut([.start(draft.order), .acknowledge(draft.id, .ended), .start(draft.order)])
    // Orders are carried out in their order: once this one has run, that one would have, too.
    _ = try shepherd.run("true")
    #expect(shepherd.text("ran") == nil)
  }

  @Test("gets a signal in every process, those in groups and sessions of their own included")
  func signal() throws {
    let script = """
      setsid sh -c 'trap "echo far >> got" USR1; echo $$ > far; while :; do sleep 0.01; done' &
      trap "echo near >> got" USR1
      while [ ! -s far ]; do sleep 0.01; done
      echo ready > ready; while [ "$(sort got 2>/dev/null | tr '\\n' ' ')" != "far near " ]; do sleep 0.01; done
      """
    let id = try shepherd.start(script)
    _ = try shepherd.line(in: "ready")
    shepherd.client.carryOut([.signal(id, signal: SIGUSR1)])
    #expect(try shepherd.recorder.end(of: id).cause == .exited)
    #expect(isGone(try #require(pid_t(try shepherd.line(in: "far")))))
  }

  @Test(
    "leaves nothing behind",
    arguments: [
      ("a background process", "sleep 61 & echo $! > left"),
      ("a group of its own", "set -m; sleep 62 & echo $! > left"),
      (
        "a session of its own",
        "setsid sh -c 'echo $$ > left; exec sleep 63' & while [ ! -s left ]; do :; done"
      ),
      ("a daemon", "(setsid sh -c 'sleep 64 & echo $! > left' &); while [ ! -s left ]; do sleep 0.01; done"),
      (
        "a daemon that ignores signals and cleared its environment",
        "(setsid env -i sh -c 'trap \"\" TERM HUP INT; (trap \"\" TERM; /bin/sleep 65) & echo $! > left' &); "
          + "while [ ! -s left ]; do sleep 0.01; done"
      ),
    ])
  func escapee(_ name: String, _ script: String) throws {
    let (_, end) = try shepherd.run(script)
    let pid = try #require(pid_t(try shepherd.line(in: "left")))
    #expect(end.cause == .exited && end.waitStatus == 0)
    #expect(isGone(pid), "\(name): \(pid) lives after the end was reported")
  }

  @Test("does not take the daemon of another that still runs")
  func neighbour() throws {
    let other = try shepherd.start(
      "(setsid sh -c 'sleep 66 & echo $! > theirs' &); while [ ! -s theirs ]; do sleep 0.01; done; sleep 60")
    let daemon = try #require(pid_t(try shepherd.line(in: "theirs")))
    for _ in 0..<5 { #expect(try shepherd.run("true").1.cause == .exited) }
    #expect(!isGone(daemon))
    shepherd.client.carryOut([.terminate(other, grace: .zero)])
    #expect(try shepherd.recorder.end(of: other).cause == .terminated)
    #expect(isGone(daemon))
  }

  @Test("that forks without end is ended all the same")
  func forkBomb() throws {
    // Bounded by itself: at most some hundred processes, each for two seconds.
    let script = "trap '' TERM; i=0; while [ $i -lt 300 ]; do (setsid sleep 2 &) ; i=$((i+1)); done; sleep 60"
    let (_, end) = try shepherd.run(script) {
      $0.timeLimit = .milliseconds(150)
      $0.grace = .zero
    }
    #expect(end.cause == .timeLimit && end.waitStatus == SIGKILL)
  }

  @Test("whose processes hold more memory than its limit is killed")
  func memory() throws {
    let (_, end) = try shepherd.run("x=$(head -c 120000000 /dev/zero | tr '\\0' x); sleep 60") {
      $0.memoryLimit = 40 << 20
    }
    #expect(end.cause == .outOfMemory && end.waitStatus == SIGKILL)
  }

  @Test("of which one task fails to start ends as a whole, and none is left")
  func partial() throws {
    let (_, end) = try shepherd.run(["true"]) { $0.limits = [ResourceLimit(name: "nofile", value: .max)] }
    guard case .notStarted(let reason) = end.cause else { return #expect(Bool(false), "\(end)") }
    #expect(reason.hasPrefix("rlimit: EPERM"))
  }
}

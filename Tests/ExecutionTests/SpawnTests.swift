import BrokerCore
import Execution
import Foundation
import Glibc
import Testing
import Vocabulary

/// What a task finds when it begins, against a real shepherd process.
@Suite("A task") struct SpawnTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  @Test("gets its arguments byte for byte, never through a shell")
  func arguments() throws {
    let words = ["; rm -rf /", "$(id)", "`id`", "-o", "--", "", "a b", "ü\u{301}\n\t", "'\"\\", "*"]
    let (id, end) = try shepherd.run(["/usr/bin/printf", "%s\\0"] + words)
    #expect(end.cause == .exited && end.waitStatus == 0)
    #expect(shepherd.output(id) == words.map { $0 + "\0" }.joined())
  }

  @Test("gets exactly the environment of its order, its own rank and its devices")
  func environment() throws {
    let (id, _) = try shepherd.run(["env", "-0"]) {
      $0.environment += [
        EnvironmentVariable(name: "A", value: "x=y\nz"), EnvironmentVariable(name: "EMPTY", value: ""),
        EnvironmentVariable(name: "FLUX_TASK_RANK", value: "99"),
        EnvironmentVariable(name: "IFS", value: ";"),
      ]
      $0.tasks = [TaskPlacement(node: 0, localID: 7, cpus: [], gpus: [1, 3])]
    }
    var entries = try #require(shepherd.output(id)).split(separator: "\0").map(String.init)
    entries.removeAll { $0.hasPrefix("SLUICE_SHEPHERD=") || $0.hasPrefix("FLUX_JOB_TMPDIR=/") }
    #expect(
      entries.sorted() == [
        "A=x=y\nz", "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=1,3", "EMPTY=",
        "FLUX_TASK_LOCAL_ID=7", "FLUX_TASK_RANK=0", "IFS=;",
        "PATH=/usr/bin:/bin", "SLUICE_KVS_NAMESPACE=job-\(id.job.f58)",
      ])
  }

  @Test("of several gets its own rank, and all write one file without overwriting")
  func ranks() throws {
    let (id, end) = try shepherd.run("echo $FLUX_TASK_RANK.$FLUX_TASK_LOCAL_ID") {
      $0.tasks = (0..<5).map { TaskPlacement(node: 0, localID: 10 + $0, cpus: [], gpus: []) }
    }
    #expect(end.waitStatus == 0)
    let lines = try #require(shepherd.output(id)).split(separator: "\n").sorted()
    #expect(lines == ["0.10", "1.11", "2.12", "3.13", "4.14"])
  }

  @Test("is found by the PATH of its own environment, relative entries from its directory")
  func search() throws {
    try FileManager.default.createDirectory(atPath: shepherd.path("bin"), withIntermediateDirectories: true)
    try "#!/bin/sh\necho found \"$0\"\n".write(
      toFile: shepherd.path("bin/tool"), atomically: true, encoding: .utf8)
    chmod(shepherd.path("bin/tool"), 0o755)
    let (id, end) = try shepherd.run(["tool"]) {
      $0.environment = [EnvironmentVariable(name: "PATH", value: "/nonexistent:bin:/usr/bin:/bin")]
    }
    #expect(end.cause == .exited)
    #expect(shepherd.output(id) == "found bin/tool\n")
  }

  @Test(
    "that cannot begin is not started, and its end names the step, with the exit code that a shell gives",
    arguments: [
      ("missing program", ["nonexistent-program"], "", "exec: ENOENT", 127),
      ("missing path", ["/etc/passwd/program"], "", "exec: ENOENT", 127),
      ("program is a directory", ["/tmp"], "", "exec: EACCES", 126),
      ("program without permission", ["/etc/passwd"], "", "exec: EACCES", 126),
      ("missing directory", ["true"], "/nonexistent/dir", "cwd: ENOENT", 0),
      ("directory is a file", ["true"], "/etc/passwd", "cwd: ENOTDIR", 0),
    ] as [(String, [String], String, String, Int32)])
  func notStarted(
    _ name: String, _ command: [String], _ directory: String, _ expected: String, _ code: Int32
  ) throws {
    let (id, end) = try shepherd.run(command) { if !directory.isEmpty { $0.directory = directory } }
    guard case .notStarted(let reason) = end.cause else { return #expect(Bool(false), "\(name): \(end)") }
    #expect(reason.hasPrefix(expected), "\(reason)")
    #expect(end.waitStatus == code << 8)
    #expect(shepherd.recorder.count { if case .started(id, _) = $0 { true } else { false } } == 0)
  }

  @Test("with a script that names no interpreter is refused, not given to a shell")
  func noInterpreter() throws {
    try "echo hi\n".write(toFile: shepherd.path("script"), atomically: true, encoding: .utf8)
    chmod(shepherd.path("script"), 0o755)
    let (_, end) = try shepherd.run(["./script"])
    guard case .notStarted(let reason) = end.cause else { return #expect(Bool(false), "\(end)") }
    #expect(reason.hasPrefix("exec: ENOEXEC") && end.waitStatus == 126 << 8)
  }

  @Test("runs in its directory, in a session and group of its own, with clean signals and three descriptors")
  func surroundings() throws {
    let script = """
      pwd; umask; cut -d' ' -f5,6 /proc/$$/stat; echo $$ $$
      grep -E 'Sig(Blk|Ign)|ShdPnd' /proc/self/status | cut -f2
      """
    let (id, _) = try shepherd.run(script) { $0.umask = 0o137 }
    let lines = try #require(shepherd.output(id)).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == shepherd.directory)
    #expect(lines[1] == "0137")
    #expect(lines[2] == lines[3])
    #expect(lines[4...6] == ["0000000000000000", "0000000000000000", "0000000000000000"])
    // Without a shell, which opens files of its own: the fourth is the directory that ls reads.
    #expect(shepherd.output(try shepherd.run(["ls", "/proc/self/fd"]).0) == "0\n1\n2\n3\n")
  }

  @Test("has the soft resource limits of its order, and may raise them again")
  func limits() throws {
    var nofile = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &nofile)
    let (id, _) = try shepherd.run("ulimit -Sn; ulimit -Hn; ulimit -Sn 124; ulimit -Sn; ulimit -Sc; ulimit -f") {
      $0.limits = [
        ResourceLimit(name: "nofile", value: 123), ResourceLimit(name: "core", value: 0),
        ResourceLimit(name: "fsize", value: .max),
      ]
    }
    #expect(shepherd.output(id) == "123\n\(nofile.rlim_max)\n124\n0\nunlimited\n")
  }

  @Test("with a limit that does not exist is not started")
  func unknownLimit() throws {
    let (_, end) = try shepherd.run("true") { $0.limits = [ResourceLimit(name: "patience", value: 1)] }
    guard case .notStarted(let reason) = end.cause else { return #expect(Bool(false), "\(end)") }
    #expect(reason.hasPrefix("rlimit: EINVAL"))
  }

  @Test("is bound to CPUs that exist, and not bound when one of them does not")
  func affinity() throws {
    let script = "grep Cpus_allowed_list /proc/self/status | cut -f2"
    let all = try #require(shepherd.output(try shepherd.run(script).0))
    let first = Int(all.split { !$0.isNumber }[0])!
    let bound = try shepherd.run(script) {
      $0.tasks = [TaskPlacement(node: 0, localID: 0, cpus: [first], gpus: [])]
    }
    #expect(shepherd.output(bound.0) == "\(first)\n")
    let fake = try shepherd.run(script) {
      $0.tasks = [TaskPlacement(node: 0, localID: 0, cpus: [first, 100_000], gpus: [])]
    }
    #expect(shepherd.output(fake.0) == all)
  }

  @Test("reports its exit code or signal as a wait status, the largest of all tasks")
  func statuses() throws {
    #expect(try shepherd.run("exit 0").1.waitStatus == 0)
    #expect(try shepherd.run("exit 37").1.waitStatus == 37 << 8)
    #expect(try shepherd.run("kill -9 $$").1.waitStatus == 9)
    #expect(try shepherd.run("kill -11 $$").1.waitStatus & 0x7F == 11)
    let (_, end) = try shepherd.run("exit $FLUX_TASK_RANK") {
      $0.tasks = (0..<4).map { TaskPlacement(node: 0, localID: $0, cpus: [], gpus: []) }
    }
    #expect(end.waitStatus == 3 << 8)
  }

  @Test("reports CPU time and memory of its processes")
  func usage() throws {
    let (_, end) = try shepherd.run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; /bin/true")
    #expect(end.cpuTime > .milliseconds(20))
    #expect(end.peakMemoryKiB > 500)
  }
}

import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// The three worlds: version 2, version 1, none. Groups are made below the own one and removed again.
@Suite("Control groups") struct CgroupTests {
  /// Below the own groups, if they are this machine's roots: a group that someone else put this process into is
  /// that one's to fill. `nil` is printed as the reason to skip.
  private static func parent(_ find: (CgroupMounts) -> String?, isRoot: (CgroupMounts) -> Bool) -> String? {
    let mounts = CgroupMounts.ofThisProcess()
    guard isRoot(mounts), let directory = find(mounts), access(directory, W_OK) == 0 else { return nil }
    let parent = directory + "/sluice-test-\(UInt32.random(in: 0...UInt32.max))"
    return mkdir(parent, 0o755) == 0 ? parent : nil
  }

  private static func isOwnGroupRoot(_ prefix: String) -> Bool {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    return groups.split(separator: "\n").contains { $0.contains(prefix) && $0.hasSuffix(":/") }
  }

  private static let hiding =
    "(setsid env -i sh -c 'sleep 71 & echo $! > left' &); while [ ! -s left ]; do sleep 0.01; done"

  private func endsEverything(mode: String) throws {
    let shepherd = try ShepherdHarness(cgroups: mode)
    let (_, end) = try shepherd.run(Self.hiding + "; grep -c sluice /proc/self/cgroup > groups")
    #expect(end.cause == .exited && end.waitStatus == 0)
    #expect(isGone(try #require(pid_t(try shepherd.line(in: "left")))))
    #expect(try #require(Int(try shepherd.line(in: "groups"))) >= 1)
    let (_, limited) = try shepherd.run("sleep 72") { $0.timeLimit = .milliseconds(50) }
    #expect(limited.cause == .timeLimit)
  }

  private func isEmptied(_ parent: String) -> Bool {
    let left = (try? FileManager.default.subpathsOfDirectory(atPath: parent)) ?? []
    for path in left.sorted(by: >) where !path.contains(".") || path.contains("sluice") {
      rmdir(parent + "/" + path)
    }
    return rmdir(parent) == 0
  }

  @Test("of version 2 hold an attempt, and end it whole")
  func version2() throws {
    guard let parent = Self.parent(\.version2, isRoot: { _ in Self.isOwnGroupRoot("0::") }) else {
      return print("skipped: no writable version 2 hierarchy of its own")
    }
    defer { #expect(isEmptied(parent)) }
    try endsEverything(mode: "version2:\(parent)")
  }

  @Test("of version 1 hold an attempt, and end it whole")
  func version1() throws {
    guard let parent = Self.parent({ $0.version1["pids"] }, isRoot: { _ in Self.isOwnGroupRoot(":pids:") })
    else {
      return print("skipped: no writable version 1 hierarchy of its own")
    }
    defer { #expect(isEmptied(parent)) }
    try endsEverything(mode: "version1:\(parent)")
  }

  @Test(
    "that are absent are not needed", arguments: ["version2:/nonexistent", "version1:/nonexistent", "off"])
  func none(_ mode: String) throws {
    let shepherd = try ShepherdHarness(cgroups: mode)
    #expect(try shepherd.run(Self.hiding).1.waitStatus == 0)
    #expect(isGone(try #require(pid_t(try shepherd.line(in: "left")))))
  }

  @Test("left by a killed shepherd are emptied and removed by the next one")
  func sweep() throws {
    guard let parent = Self.parent({ $0.version1["pids"] }, isRoot: { _ in Self.isOwnGroupRoot(":pids:") })
    else {
      return print("skipped: no writable version 1 hierarchy of its own")
    }
    defer { #expect(isEmptied(parent)) }
    let shepherd = try ShepherdHarness(cgroups: "version1:\(parent)")
    _ = try shepherd.start("(setsid env -i sh -c 'sleep 73 & echo $! > left' &); sleep 60")
    let left = try #require(pid_t(try shepherd.line(in: "left")))
    kill(try #require(shepherd.shepherdPID), SIGKILL)
    _ = try shepherd.recorder.joined(2)
    #expect(isGone(left))
  }

  @Test("limit memory of version 1, in a directory that behaves like one")
  func memoryFiles() throws {
    let directory = NSTemporaryDirectory() + "sluice-groups-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let hierarchy = try #require(
      CgroupHierarchy(mode: .version1(processes: directory, memory: directory), name: "sluice-x"))
    #expect(hierarchy.memoryDirectory == directory + "/sluice-x")
    // The kernel makes the control file with the directory; where it does not, the shepherd has to watch itself.
    #expect(try !hierarchy.makeLeaf(named: "a", memoryLimit: 1 << 20).limitsMemory)
    try "".write(toFile: directory + "/sluice-x/a/memory.limit_in_bytes", atomically: true, encoding: .utf8)
    #expect(try hierarchy.makeLeaf(named: "a", memoryLimit: 1 << 20).limitsMemory)
    let leaf = try hierarchy.makeLeaf(named: "a", memoryLimit: 1 << 20)
    let events = directory + "/sluice-x/a/memory.oom_control"
    #expect(!leaf.hasMemoryKill)
    try "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n".write(toFile: events, atomically: true, encoding: .utf8)
    #expect(!leaf.hasMemoryKill)
    try "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n".write(toFile: events, atomically: true, encoding: .utf8)
    #expect(leaf.hasMemoryKill)
    let written = try String(contentsOfFile: directory + "/sluice-x/a/memory.limit_in_bytes", encoding: .utf8)
    #expect(written == "1048576")
  }

  @Test("are found from what the kernel says, in namespaces as well")
  func mounts() {
    let mounts = CgroupMounts(
      groups: "4:memory:/a/b\n3:cpu,cpuacct:/\n1:name=systemd:/x\n0::/user.slice\n",
      mounts: """
        30 1 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        31 30 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
        32 30 0:27 /a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        33 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        """)
    #expect(mounts.version2 == "/sys/fs/cgroup/unified/user.slice")
    #expect(mounts.version1["memory"] == "/sys/fs/cgroup/memory/b")
    #expect(mounts.version1["cpu"] == "/sys/fs/cgroup/cpu,cpuacct")
    #expect(mounts.version1["pids"] == nil)
  }
}

import Glibc

/// The control group of one attempt.
struct CgroupLeaf {
  let hierarchy: CgroupHierarchy
  let name: String
  /// The kernel enforces the attempt's memory limit.
  var limitsMemory: Bool

  var directories: [String] { hierarchy.directories.map { "\($0)/\(name)" } }

  /// The files that a new process writes itself into, opened.
  func openProcessLists() throws(SystemError) -> [Int32] {
    var opened: [Int32] = []
    for directory in directories {
      let number = unsafe open("\(directory)/cgroup.procs", O_WRONLY | O_CLOEXEC)
      if number < 0 {
        let error = SystemError.last
        for number in opened { close(number) }
        throw error
      }
      opened.append(number)
    }
    return opened
  }

  /// Sends SIGKILL to everything in the group. New processes may appear meanwhile where the kernel cannot kill a
  /// group at once, so call again until `isEmpty`.
  func kill() {
    if hierarchy.version == .two, (try? overwrite(file: "\(directories[0])/cgroup.kill", with: "1")) != nil {
      return
    }
    for pid in processes() { Glibc.kill(pid, SIGKILL) }
  }

  /// Sends a signal to every process that is in the group now.
  func signal(_ number: Int32) {
    for pid in processes() { Glibc.kill(pid, number) }
  }

  /// The kernel killed a process of the group for want of memory.
  ///
  /// - Source: the kernel's cgroup-v2.rst, `memory.events`; memory.rst, `memory.oom_control` (since 4.13). Both have
  ///   a line `oom_kill` with a count.
  var hasMemoryKill: Bool {
    guard let directory = hierarchy.memoryDirectory else { return false }
    let file = hierarchy.version == .two ? "memory.events" : "memory.oom_control"
    let events = contents(ofFile: "\(directory)/\(name)/\(file)", limit: 1_024) ?? []
    return String(decoding: events, as: UTF8.self).split(separator: "\n")
      .contains { $0.hasPrefix("oom_kill ") && $0 != "oom_kill 0" }
  }

  /// No process is in it; one that waits to be reaped is not counted.
  var isEmpty: Bool { processes().isEmpty }

  func processes() -> [pid_t] {
    // A group of 65,536 processes has a list below this size.
    let list = contents(ofFile: "\(directories[0])/cgroup.procs", limit: 512 << 10) ?? []
    return list.split(separator: UInt8(ascii: "\n")).compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
      .filter { $0 > 0 }
  }

  /// Whether the directories are gone; the kernel may keep a group busy for a moment after its last process.
  @discardableResult func remove() -> Bool {
    var isGone = true
    for directory in directories where unsafe rmdir(directory) != 0 && errno != ENOENT { isGone = false }
    return isGone
  }
}

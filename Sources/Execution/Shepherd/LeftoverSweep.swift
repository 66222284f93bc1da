import Glibc

/// Ends what a killed shepherd of the same state directory left behind.
///
/// Its direct children died with it by their parent-death signal. What they had started is found by the mark in
/// the environment, by descent from a marked process, or in the control groups. The sweep is over only when
/// nothing is found any more: until then the new shepherd answers nobody, so no attempt is called lost while a
/// process of it lives.
struct LeftoverSweep {
  let state: UInt64
  let incarnation: UInt64
  let cgroups: CgroupHierarchy?

  func run(log: (String) -> Void) {
    var groups = cgroups?.existingGroups() ?? []
    var pause: UInt32 = 1_000
    while true {
      for group in groups { group.kill() }
      groups.removeAll { $0.isEmpty && $0.remove() }
      let found = leftovers()
      if found.isEmpty && groups.isEmpty { return }
      for pid in found { kill(pid, SIGKILL) }
      if !found.isEmpty { log("ending \(found.count) processes of an earlier shepherd") }
      usleep(pause)
      // A process in an uninterruptible wait may take long; then once a second is enough.
      pause = min(pause * 2, 1_000_000)
    }
  }

  private func leftovers() -> [pid_t] {
    let table = ProcessTable.read()
    var found: Set<pid_t> = []
    for (pid, entry) in table.entries where !entry.isZombie {
      guard let mark = ShepherdMark(readingProcess: pid), mark.state == state, mark.incarnation != incarnation
      else { continue }
      found.formUnion(table.tree(from: pid).filter { table.entries[$0]?.isZombie == false })
    }
    found.remove(getpid())
    return found.sorted()
  }
}

import Glibc

/// One reading of `/proc`: every process that could be seen, and who its parent was.
///
/// A reading is never exact, since processes come and go while it is taken. It is taken only when something is
/// known to be left or a rare order needs it; the plain path of a task never does.
struct ProcessTable {
  struct Entry {
    let pid: pid_t
    let parent: pid_t
    let group: pid_t
    let session: pid_t
    let residentPages: Int64
    let isZombie: Bool
  }

  private(set) var entries: [pid_t: Entry] = [:]
  private var children: [pid_t: [pid_t]] = [:]

  static func read() -> ProcessTable {
    var table = ProcessTable()
    for pid in everyProcess() {
      guard let entry = Entry(readingProcess: pid) else { continue }
      table.entries[pid] = entry
      table.children[entry.parent, default: []].append(pid)
    }
    return table
  }

  func childrenOf(_ pid: pid_t) -> [pid_t] { children[pid] ?? [] }

  /// `root` and all that descend from it, parents before children.
  func tree(from root: pid_t) -> [pid_t] {
    var found = [root]
    var index = 0
    while index < found.count {
      found.append(contentsOf: childrenOf(found[index]))
      index += 1
    }
    return found
  }

  /// The process numbers in `/proc`.
  static func everyProcess() -> [pid_t] {
    guard let directory = unsafe opendir("/proc") else { return [] }
    defer { unsafe closedir(directory) }
    var found: [pid_t] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if let pid = pid_t(name) { found.append(pid) }
    }
    return found
  }
}

extension ProcessTable.Entry {
  /// Reads `/proc/<pid>/stat`; `nil` when the process is gone.
  /// - Source: proc(5): the name in parentheses may hold anything, so fields count from its last parenthesis.
  init?(readingProcess pid: pid_t) {
    guard let text = contents(ofFile: "/proc/\(pid)/stat", limit: 1_024),
      let close = text.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 21, let parent = Self.number(fields[1]), let group = Self.number(fields[2]),
      let session = Self.number(fields[3]), let resident = Self.number(fields[21])
    else { return nil }
    self.pid = pid
    self.parent = pid_t(truncatingIfNeeded: parent)
    self.group = pid_t(truncatingIfNeeded: group)
    self.session = pid_t(truncatingIfNeeded: session)
    residentPages = resident
    isZombie = fields[0].first == UInt8(ascii: "Z")
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    Int64(String(decoding: digits, as: UTF8.self))
  }
}

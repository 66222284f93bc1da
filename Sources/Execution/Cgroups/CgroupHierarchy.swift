import Glibc

/// Where this shepherd makes the groups of its attempts.
///
/// Version 1 has a directory per controller and knows a group's processes by `cgroup.procs` alone; version 2 has
/// one directory and kills a group with one write. Neither may be there: then `nil`, and the shepherd relies on
/// sessions, its role as subreaper and marks in the environment.
struct CgroupHierarchy {
  enum Version { case one, two }

  let version: Version
  /// Directories in which an attempt's group is made; the first one is asked who is in it.
  let directories: [String]
  /// The one of `directories` that can limit memory.
  let memoryDirectory: String?

  /// Finds what `mode` allows and makes the shepherd's own directories in it.
  ///
  /// - Parameter name: of the shepherd's directory; what a killed predecessor left in it is killed and removed.
  init?(mode: CgroupMode, name: String) {
    switch mode {
    case .off: return nil
    case .version2(let parent): self.init(version2Below: parent, name: name)
    case .version1(let processes, let memory): self.init(version1Below: processes, memory: memory, name: name)
    case .automatic, .always:
      let mounts = CgroupMounts.ofThisProcess()
      // The unified hierarchy wins where it can limit memory or where there is nothing else.
      let memory = mounts.version1["memory"]
      if let unified = mounts.version2, let found = CgroupHierarchy(version2Below: unified, name: name),
        found.memoryDirectory != nil || memory == nil
      {
        self = found
      } else if let processes = mounts.version1["pids"] ?? mounts.version1["freezer"] ?? memory {
        self.init(version1Below: processes, memory: memory, name: name)
      } else {
        return nil
      }
    }
  }

  private init?(version2Below parent: String, name: String) {
    let own = "\(parent)/\(name)"
    guard (try? makeDirectory(own, mode: 0o755)) != nil else { return nil }
    // Refused where the controller is absent, or where processes live in `parent` itself: then kill only.
    try? overwrite(file: "\(parent)/cgroup.subtree_control", with: "+memory")
    try? overwrite(file: "\(own)/cgroup.subtree_control", with: "+memory")
    let controllers = contents(ofFile: "\(own)/cgroup.subtree_control", limit: 1_024) ?? []
    let limitsMemory = controllers.split { $0 == 32 || $0 == 10 }.contains { $0.elementsEqual("memory".utf8) }
    version = .two
    directories = [own]
    memoryDirectory = limitsMemory ? own : nil
  }

  private init?(version1Below processes: String, memory: String?, name: String) {
    let candidates = memory == processes ? [processes] : [processes] + (memory.map { [$0] } ?? [])
    let made = candidates.map { "\($0)/\(name)" }.filter { (try? makeDirectory($0, mode: 0o755)) != nil }
    guard !made.isEmpty else { return nil }
    version = .one
    directories = made
    memoryDirectory = memory.flatMap { made.contains("\($0)/\(name)") ? "\($0)/\(name)" : nil }
  }

  /// Every group that is there, such as what a predecessor left.
  func existingGroups() -> [CgroupLeaf] {
    var names: Set<String> = []
    for directory in directories { names.formUnion(Self.subdirectories(of: directory)) }
    return names.sorted().map { CgroupLeaf(hierarchy: self, name: $0) }
  }

  /// Makes the group of one attempt.
  ///
  /// - Parameter memoryLimit: bytes; without a directory that can limit memory the caller must watch by itself.
  func makeLeaf(named name: String, memoryLimit: Int64?) throws(SystemError) -> CgroupLeaf {
    let leaf = CgroupLeaf(hierarchy: self, name: name)
    do {
      for directory in leaf.directories { try makeDirectory(directory, mode: 0o755) }
      if let memoryLimit, let memoryDirectory {
        let file = version == .two ? "memory.max" : "memory.limit_in_bytes"
        try overwrite(file: "\(memoryDirectory)/\(name)/\(file)", with: "\(memoryLimit)")
      }
    } catch {
      leaf.remove()
      throw error
    }
    return leaf
  }

  /// Removes the shepherd's own directories; they must be empty.
  func remove() {
    for directory in directories { unsafe rmdir(directory) }
  }

  private static func subdirectories(of path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var found: [String] = []
    while let entry = unsafe readdir(directory) {
      guard unsafe entry.pointee.d_type == UInt8(DT_DIR) else { continue }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { found.append(name) }
    }
    return found
  }
}

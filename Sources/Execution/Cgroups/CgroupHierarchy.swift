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

  /// Finds what `mode` allows. Nothing is made before the first group is wanted.
  ///
  /// - Parameter name: of the shepherd's own directory, the same for every shepherd of a state directory.
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
    guard unsafe access(parent, W_OK) == 0 else { return nil }
    let controllers = contents(ofFile: "\(parent)/cgroup.controllers", limit: 1_024) ?? []
    let limitsMemory = controllers.split { $0 == 32 || $0 == 10 }.contains { $0.elementsEqual("memory".utf8) }
    version = .two
    directories = [own]
    memoryDirectory = limitsMemory ? own : nil
  }

  private init?(version1Below processes: String, memory: String?, name: String) {
    let candidates = memory == processes ? [processes] : [processes] + (memory.map { [$0] } ?? [])
    let writable = candidates.filter { unsafe access($0, W_OK) == 0 }
    guard !writable.isEmpty else { return nil }
    version = .one
    directories = writable.map { "\($0)/\(name)" }
    memoryDirectory = memory.flatMap { writable.contains($0) ? "\($0)/\(name)" : nil }
  }

  /// Every group that is there, such as what a predecessor left.
  func existingGroups() -> [CgroupLeaf] {
    var names: Set<String> = []
    for directory in directories { names.formUnion(Self.subdirectories(of: directory)) }
    return names.sorted().map { CgroupLeaf(hierarchy: self, name: $0, limitsMemory: false) }
  }

  /// Makes the group of one attempt.
  ///
  /// - Parameter memoryLimit: bytes; where no controller takes it, `limitsMemory` is false and the caller must
  ///   watch by itself.
  func makeLeaf(named name: String, memoryLimit: Int64?) throws(SystemError) -> CgroupLeaf {
    for directory in directories { try makeDirectory(directory, mode: 0o755) }
    if memoryLimit != nil { enableMemoryController() }
    var leaf = CgroupLeaf(hierarchy: self, name: name, limitsMemory: false)
    do throws(SystemError) {
      for directory in leaf.directories { try makeDirectory(directory, mode: 0o755) }
    } catch {
      leaf.remove()
      throw error
    }
    if let memoryLimit, let memoryDirectory {
      let file = version == .two ? "memory.max" : "memory.limit_in_bytes"
      leaf.limitsMemory =
        (try? overwrite(file: "\(memoryDirectory)/\(name)/\(file)", with: "\(memoryLimit)")) != nil
    }
    return leaf
  }

  /// Version 2 hands controllers down level by level. Refused where processes live in the group above.
  private func enableMemoryController() {
    guard version == .two, let own = memoryDirectory, let slash = own.lastIndex(of: "/") else { return }
    try? overwrite(file: "\(own[..<slash])/cgroup.subtree_control", with: "+memory")
    try? overwrite(file: "\(own)/cgroup.subtree_control", with: "+memory")
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

/// Where this process's own control groups are mounted.
///
/// - Source: cgroups(7): `/proc/self/cgroup` and `/proc/self/mountinfo`.
struct CgroupMounts: Equatable {
  /// The directory of the own group in the unified hierarchy.
  var version2: String?
  /// The directories of the own groups by controller.
  var version1: [String: String] = [:]

  static func ofThisProcess() -> CgroupMounts {
    let groups = contents(ofFile: "/proc/self/cgroup", limit: 64 << 10) ?? []
    let mounts = contents(ofFile: "/proc/self/mountinfo", limit: 1 << 20) ?? []
    return CgroupMounts(
      groups: String(decoding: groups, as: UTF8.self), mounts: String(decoding: mounts, as: UTF8.self))
  }

  /// - Parameters:
  ///   - groups: lines of `number:controllers:path`.
  ///   - mounts: lines of `mountinfo`; after ` - ` come the file system type, the source and its options.
  init(groups: String, mounts: String) {
    var points: [(type: String, options: [Substring], root: String, point: String)] = []
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3 else { continue }
      points.append(
        (
          String(fields[dash + 1]), fields[dash + 3].split(separator: ","), String(fields[3]),
          String(fields[4])
        ))
    }
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[1].isEmpty {
        let mount = points.first { $0.type == "cgroup2" }
        version2 = mount.flatMap { Self.directory(of: fields[2], root: $0.root, point: $0.point) }
      } else {
        for controller in fields[1].split(separator: ",") {
          let mount = points.first { $0.type == "cgroup" && $0.options.contains(controller) }
          version1[String(controller)] = mount.flatMap {
            Self.directory(of: fields[2], root: $0.root, point: $0.point)
          }
        }
      }
    }
  }

  /// The path of a group where only the part below `root` is mounted at `point`.
  private static func directory(of group: Substring, root: String, point: String) -> String? {
    if root == "/" { return group == "/" ? point : point + group }
    if group == root { return point }
    return group.hasPrefix(root + "/") ? point + group.dropFirst(root.count) : nil
  }
}

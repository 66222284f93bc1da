import BrokerCore
import Glibc

extension TaskLauncher {
  /// Writes the files that list an attempt's hosts into its temporary directory, where it has several tasks.
  ///
  /// One has a line for each task in the order of ranks, as PSI/J wants its node file and as `mpiexec -f` takes it; the
  /// other a line for each node. An attempt whose directory has no room goes without, as without a directory.
  func listHosts(_ attempt: Attempt, _ order: StartOrder) {
    guard let group = attempt.group, group.hostFiles == nil, let directory = attempt.directory else { return }
    let own = hostName()
    let name = { (node: Int) in order.shell.hosts.indices.contains(node) ? order.shell.hosts[node] : own }
    let tasks = order.tasks.map { name($0.node) + "\n" }.joined()
    let nodes = Set(order.tasks.map(\.node)).sorted().map { name($0) + "\n" }.joined()
    let base = directories.path(directory)
    let paths = (tasks: "\(base)/nodefile", nodes: "\(base)/hosts")
    do throws(SystemError) {
      try write(tasks, to: paths.tasks)
      try write(nodes, to: paths.nodes)
      group.hostFiles = paths
    } catch {
      ShepherdLoop.log("no list of hosts for a job: \(base): \(error.text)")
    }
  }

  private func write(_ text: String, to path: String) throws(SystemError) {
    try Descriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW).write(text)
  }
}

/// This host's name; `localhost` where it has none.
private func hostName() -> String {
  // POSIX allows 255 bytes; Linux has 64.
  var name = [CChar](repeating: 0, count: 256)
  guard unsafe gethostname(&name, name.count - 1) == 0, name[0] != 0 else { return "localhost" }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

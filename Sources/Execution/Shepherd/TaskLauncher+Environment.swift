import BrokerCore
import Vocabulary

extension TaskLauncher {
  /// The order's variables, and over them those that only the host knows.
  func environment(
    _ attempt: Attempt, _ order: StartOrder, _ placement: TaskPlacement, rank: Int
  ) -> CStrings {
    let own = ownVariables(attempt, order, placement, rank: rank)
    var strings = CStrings()
    for variable in order.environment where !Self.isReplaced(variable.name, own, order.shell) {
      strings.append(variable.name, variable.value)
    }
    for (name, value) in own { strings.append(name, value) }
    return strings
  }

  private func ownVariables(
    _ attempt: Attempt, _ order: StartOrder, _ placement: TaskPlacement, rank: Int
  ) -> [(name: String, value: String)] {
    let mark = ShepherdMark(state: state, incarnation: incarnation, attempt: order.id)
    var own = [
      (name: "FLUX_TASK_RANK", value: "\(rank)"), (name: "FLUX_TASK_LOCAL_ID", value: "\(placement.localID)"),
      (name: ShepherdMark.variable, value: mark.value),
      (name: "SLUICE_KVS_NAMESPACE", value: "job-\(order.id.job.f58)"),
    ]
    if let directory = attempt.directory { own.append((name: "FLUX_JOB_TMPDIR", value: directories.path(directory))) }
    if let group = attempt.group { Self.addProgramVariables(to: &own, group, rank: rank, size: order.tasks.count) }
    if let uri = attempt.access.uri { own.append((name: "SLUICE_URI", value: uri)) }
    if let path = attempt.tokenPath { own.append((name: "SLUICE_TOKEN_FILE", value: path)) }
    if !placement.gpus.isEmpty {
      own.append((name: "CUDA_VISIBLE_DEVICES", value: placement.gpus.map { "\($0)" }.joined(separator: ",")))
      // Else the numbers would count from the fastest device.
      own.append((name: "CUDA_DEVICE_ORDER", value: "PCI_BUS_ID"))
    }
    return own
  }

  /// What only tasks among several get.
  private static func addProgramVariables(
    to own: inout [(name: String, value: String)], _ group: TaskGroup, rank: Int, size: Int
  ) {
    if group.server != nil {
      own.append((name: "PMI_FD", value: "\(TaskEnds.pmiNumber)"))
      own.append((name: "PMI_RANK", value: "\(rank)"))
      own.append((name: "PMI_SIZE", value: "\(size)"))
      own.append((name: "PMI_SPAWNED", value: "0"))
    }
    if let text = group.taskmapText { own.append((name: "SLUICE_TASKMAP", value: text)) }
    if let files = group.hostFiles {
      own.append((name: "PSIJ_NODEFILE", value: files.tasks))
      own.append((name: "SLUICE_HOSTFILE", value: files.nodes))
    }
  }

  /// The first letters of all names above: most variables of a job begin otherwise, and are compared with none.
  private static let initials: [UInt8] = Array("FSCP".utf8)
  /// Variables of a process manager's tasks: a job that was submitted by one must not take its connection for its own.
  private static let processManagerPrefix = "PMI_"

  private static func isReplaced(
    _ name: String, _ own: [(name: String, value: String)], _ shell: ShellOptions
  ) -> Bool {
    guard let initial = name.utf8.first, initials.contains(initial), name != "PATH" else { return false }
    if shell.offersPMI, name.hasPrefix(processManagerPrefix) { return true }
    return own.contains { $0.name == name }
  }
}

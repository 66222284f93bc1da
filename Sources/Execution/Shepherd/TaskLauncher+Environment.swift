import BrokerCore
import Vocabulary

extension TaskLauncher {
  /// The order's variables, and over them those that only the host knows.
  func environment(
    _ attempt: Attempt, _ order: StartOrder, _ placement: TaskPlacement, rank: Int
  ) -> CStrings {
    let own = ownVariables(attempt, order, placement, rank: rank)
    var strings = CStrings()
    for variable in order.environment where !Self.isReplaced(variable.name, own) {
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
    if let uri = attempt.access.uri { own.append((name: "SLUICE_URI", value: uri)) }
    if let path = attempt.tokenPath { own.append((name: "SLUICE_TOKEN_FILE", value: path)) }
    if !placement.gpus.isEmpty {
      own.append((name: "CUDA_VISIBLE_DEVICES", value: placement.gpus.map { "\($0)" }.joined(separator: ",")))
    }
    return own
  }

  /// The first letters of all names above: most variables of a job begin otherwise, and are compared with none.
  private static let initials: [UInt8] = Array("FSC".utf8)

  private static func isReplaced(_ name: String, _ own: [(name: String, value: String)]) -> Bool {
    guard let initial = name.utf8.first, initials.contains(initial) else { return false }
    return own.contains { $0.name == name }
  }
}

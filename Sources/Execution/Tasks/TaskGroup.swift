import BrokerCore
import Glibc
import Vocabulary

/// What the tasks of an attempt with several have in common. Attempts of one task have none, and pay nothing for it.
///
/// Confined to the shepherd's only thread.
final class TaskGroup {
  /// Where tasks run, as RFC 34 writes it; `nil` where that is too long for a variable.
  let taskmapText: String?
  /// The PMI-1 service; `nil` where the order wants none.
  var server: PMIServer?
  /// Files that list the hosts, once they are written: a line for each task, and one for each node.
  var hostFiles: (tasks: String, nodes: String)?
  /// The connections of tasks that have one, by rank.
  private var connections: [Int: PMIConnection] = [:]
  /// The rank of each task that lives, by its process.
  var ranks: [pid_t: Int] = [:]
  var policy: ExitPolicy
  /// The task after whose exit a time runs, and its end.
  var exitDeadline: (rank: Int, status: Int32, deadline: MonotonicTime)?
  /// Signals that went to all tasks.
  var sentSignals: Set<Int32> = []

  /// Of the map as a variable, and as a value of PMI.
  private static let textLimit = PMILimits.valueBytes - 1

  init(_ order: StartOrder) {
    let taskmap = Taskmap(nodesByRank: order.tasks.lazy.map { max(0, $0.node) })
    let text = taskmap.text
    taskmapText = text.utf8.count <= Self.textLimit ? text : nil
    policy = ExitPolicy(timeout: order.shell.exitTimeout, endsOnError: order.shell.exitsOnError)
    if order.shell.offersPMI { server = Self.makeServer(order, taskmap) }
  }

  private static func makeServer(_ order: StartOrder, _ taskmap: Taskmap) -> PMIServer {
    var values = ["PMI_process_mapping": taskmap.processMapping(limit: textLimit)]
    // The name by which Flux's own programs look for it.
    if taskmap.wrappedText.utf8.count <= textLimit { values["flux.taskmap"] = taskmap.wrappedText }
    let name = "job-\(hexadecimal(order.id.job.rawValue)).\(order.id.number)"
    return PMIServer(name: name, size: order.tasks.count, values: values)
  }

  // MARK: Connections

  func connection(_ rank: Int) -> PMIConnection? { connections[rank] }

  var connectedRanks: [Int] { connections.keys.sorted() }

  /// The task's end of a new connection; the shepherd's is kept.
  func connect(_ rank: Int) throws(SystemError) -> Descriptor? {
    var taskEnd: Descriptor?
    connections[rank] = try PMIConnection.make(taskEnd: &taskEnd)
    return taskEnd
  }

  /// Closes the shepherd's end; it must not be watched any more.
  func disconnect(_ rank: Int) { connections[rank] = nil }

  // MARK: Exits

  /// Whether this task left a program that speaks PMI without saying so.
  func leftPMI(_ rank: Int) -> Bool {
    guard let server, server.isInUse else { return false }
    return !server.hasFinalized(rank)
  }
}

import BrokerCore
import Dispatch
import Hosting
import Logging
import ResourceGraph
import Synchronization
import Vocabulary

/// Asks a program now and then whether this machine is fit to run jobs: while it is not, its nodes are drained.
///
/// What somebody else drained stays as it is, also when the program is content again.
/// - Source: slurm.conf(5), `HealthCheckProgram`.
final class HealthWatch: Sendable {
  /// Of what the program says, bytes.
  private static let outputLimit = 64 << 10
  private static let reasonBytes = 200
  private static let prefix = "health: "

  private let isOver = DispatchSemaphore(value: 0)
  private let thread = Mutex<WorkerThread?>(nil)

  init(_ check: BrokerSettings.HealthCheck, _ broker: Broker, _ logger: Logger) {
    let isOver = isOver
    let worker = WorkerThread("health") {
      repeat {
        let complaint = Self.complaint(of: check)
        if let state = Self.mutation(broker.snapshot.graph, complaint) {
          logger.notice("\(complaint.map { "nodes are drained: \($0)" } ?? "nodes are healthy again")")
          broker.post(.mutate(state))
        }
      } while isOver.wait(timeout: .now() + check.interval.seconds) == .timedOut
    }
    thread.withLock { $0 = worker }
  }

  func stop() {
    isOver.signal()
    thread.withLock { $0 }?.join()
  }

  /// - Returns: `nil`: all is well.
  private static func complaint(of check: BrokerSettings.HealthCheck) -> String? {
    do throws(Filter.Failure) {
      let outcome = try Filter.run(
        check.command, input: [], outputLimit: outputLimit, seconds: check.timeout.seconds)
      guard outcome.exitStatus != 0 else { return nil }
      let line = outcome.output.prefix { $0 >= 0x20 }.prefix(reasonBytes)
      let text = String(decoding: line, as: UTF8.self)
      return text.isEmpty ? "\(check.command[0]) exited with \(outcome.exitStatus)" : text
    } catch {
      return "\(check.command[0]): \(error.reason)"
    }
  }

  /// What drains nodes that are not drained yet, or gives back those that this drained.
  private static func mutation(_ graph: ResourceGraph?, _ complaint: String?) -> GraphMutation? {
    guard let graph else { return nil }
    var operations: [GraphMutation.Operation] = []
    graph.forEachHost { _, host in
      let reason = graph.view(of: host)?.drain?.reason
      if let complaint, reason == nil {
        operations.append(.drain(.number(host), reason: prefix + complaint))
      } else if complaint == nil, reason?.hasPrefix(prefix) ?? false {
        operations.append(.drain(.number(host), reason: nil))
      }
      return operations.count < GraphMutation.maximumOperations
    }
    return operations.isEmpty ? nil : GraphMutation(expectedVersion: nil, operations: operations)
  }
}

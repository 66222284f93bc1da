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

  /// Shared with the thread, which must not hold on to what waits for it.
  private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private let isOver = DispatchSemaphore(value: 0)
  private let isStopping = Flag()
  private let thread = Mutex<WorkerThread?>(nil)

  init(_ check: BrokerSettings.HealthCheck, _ broker: Broker, _ logger: Logger) {
    let (isOver, isStopping) = (isOver, isStopping)
    let worker = WorkerThread("health") {
      repeat {
        let complaint = Self.complaint(of: check) { isStopping.isSet }
        guard !isStopping.isSet else { return }
        if let mutation = Self.mutation(broker.snapshot.graph, complaint) {
          broker.post(.mutate(mutation)) { outcome in
            let text = complaint.map { "nodes are drained: \($0)" } ?? "nodes are healthy again"
            if case .answered = outcome { logger.notice("\(text)") } else { logger.warning("\(text): \(outcome)") }
          }
        }
      } while isOver.wait(timeout: .now() + check.interval.seconds) == .timedOut
    }
    thread.withLock { $0 = worker }
  }

  func stop() {
    isStopping.set()
    isOver.signal()
    thread.withLock { $0 }?.join()
  }

  /// - Returns: `nil`: all is well.
  private static func complaint(
    of check: BrokerSettings.HealthCheck, isCancelled: @escaping () -> Bool
  ) -> String? {
    do throws(Filter.Failure) {
      let outcome = try Filter.run(
        check.command, input: [], outputLimit: outputLimit, seconds: check.timeout.seconds, isCancelled: isCancelled)
      guard outcome.exitStatus != 0 else { return nil }
      let text = reason(String(decoding: outcome.output, as: UTF8.self))
      return text.isEmpty ? reason("\(check.command[0]) exited with \(outcome.exitStatus)") : text
    } catch {
      return reason("\(check.command[0]): \(error.reason)")
    }
  }

  /// The first line, without what a reason cannot have.
  private static func reason(_ text: String) -> String {
    let line = text.unicodeScalars.prefix { $0 != "\n" }.filter { $0.properties.generalCategory != .control }
    var reason = String(String.UnicodeScalarView(line.prefix(reasonBytes)))
    while reason.utf8.count > reasonBytes { reason.removeLast() }
    return reason
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
    // Whatever somebody else changes meanwhile comes first; the next look sees it.
    return operations.isEmpty ? nil : GraphMutation(expectedVersion: graph.version, operations: operations)
  }
}

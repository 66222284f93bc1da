import APIClient
import Dispatch
import Glibc
import Synchronization
import Vocabulary

/// Several jobs whose output is shown at once, each followed by a thread of its own.
final class Watch: Sendable {
  /// Output of so many jobs is followed at once: each takes a connection.
  static let largestCount = 64

  private let endpoint: BrokerEndpoint
  private let showsLabels: Bool
  private let namesJobs: Bool
  private let exitCode = Mutex<Int32>(0)
  /// One line at a time reaches the terminal whole.
  private let console = Mutex<Void>(())

  init(_ endpoint: BrokerEndpoint, showsLabels: Bool, namesJobs: Bool) {
    self.endpoint = endpoint
    self.showsLabels = showsLabels
    self.namesJobs = namesJobs
  }

  /// The highest exit code.
  func run(_ ids: [String]) -> Int32 {
    let group = DispatchGroup()
    for id in ids {
      group.enter()
      BackgroundThread.start { [self] in
        follow(id)
        group.leave()
      }
    }
    group.wait()
    return exitCode.withLock { $0 }
  }

  private func follow(_ id: String) {
    let client = BrokerClient(endpoint)
    client.outlastsRestarts = true
    let code: Int32
    do throws(ClientError) {
      try show(client, id)
      let outcome = JobOutcome(try client.ended(id))
      if namesJobs || outcome.message != nil {
        console.withLock { _ in Console.note("\(Terminal.error.jobID(id)): \(outcome.message ?? "completed")") }
      }
      code = outcome.exitCode
    } catch {
      console.withLock { _ in Console.note("\(Terminal.error.jobID(id)): \(error)") }
      code = 1
    }
    exitCode.withLock { $0 = max($0, code) }
  }

  private func show(_ client: BrokerClient, _ id: String) throws(ClientError) {
    // Lines of several jobs must not run into each other, so they come whole, as labelled ones do.
    var lines = OutputLabels(
      job: namesJobs && showsLabels ? Terminal.output.jobID(id) : nil, namesTasks: showsLabels)
    let isWhole = namesJobs || showsLabels
    try client.output(id, follows: true) { [self] piece in
      let bytes = isWhole ? lines.take(piece) : piece.bytes
      if bytes.isEmpty { return true }
      console.withLock { _ in
        Console.bytes(bytes, to: piece.stream == .standardOutput ? STDOUT_FILENO : STDERR_FILENO)
      }
      return true
    }
  }
}

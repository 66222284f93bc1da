import APIClient
import Glibc
import Vocabulary

/// Shows a job's output until it ends.
///
/// This thread follows the output; a second one (when signals are forwarded) waits for signals, a third reads our
/// input. Each has a connection of its own.
struct Attachment {
  private let client: BrokerClient
  private let id: String
  private let cancelsOnSignal: Bool
  private let showsLabels: Bool

  init(_ client: BrokerClient, _ id: String, cancelsOnSignal: Bool, showsLabels: Bool = false) {
    self.client = client
    self.id = id
    self.cancelsOnSignal = cancelsOnSignal
    self.showsLabels = showsLabels
    client.outlastsRestarts = true
  }

  /// The exit code to leave with.
  /// - Parameter begin: starts what else goes on meanwhile, once signals are taken care of.
  func run(_ begin: () -> Void = {}) throws -> Int32 {
    if cancelsOnSignal { SignalForwarding.start(endpoint: client.endpoint, id: id) }
    begin()
    try Self.show(client, id, follows: true, showsLabels: showsLabels)
    let outcome = JobOutcome(try client.ended(id))
    if let message = outcome.message { Console.note("\(Terminal.error.jobID(id)): \(message)") }
    return outcome.exitCode
  }

  /// Standard output to ours, standard error to ours. What goes to files is for the files' readers.
  static func show(
    _ client: BrokerClient, _ id: String, _ stream: JobOutputStream? = nil, rank: Int? = nil, follows: Bool,
    showsLabels: Bool
  ) throws(ClientError) {
    var labels = OutputLabels()
    try client.output(id, stream, rank: rank, follows: follows) { piece in
      // One stream that was asked for by name is what this command writes.
      let isError = piece.stream == .standardError && stream == nil
      let bytes = showsLabels ? labels.take(piece) : piece.bytes
      if !bytes.isEmpty { Console.bytes(bytes, to: isError ? STDERR_FILENO : STDOUT_FILENO) }
      return true
    }
  }
}

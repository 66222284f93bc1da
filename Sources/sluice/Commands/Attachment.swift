import APIClient
import Glibc
import Synchronization
import Vocabulary

/// Shows a job's output until it ends.
///
/// Three threads: this one fetches output, a second waits for the job's end and then wakes it, a third (when
/// signals are forwarded) waits for signals. Each has a connection of its own.
struct Attachment {
  /// Between two looks at output that does not come: short enough to seem at once, then less and less often.
  private static let shortestPauseMilliseconds: Int32 = 20
  private static let longestPauseMilliseconds: Int32 = 500

  private let client: BrokerClient
  private let id: String
  private let cancelsOnSignal: Bool

  init(_ client: BrokerClient, _ id: String, cancelsOnSignal: Bool) {
    self.client = client
    self.id = id
    self.cancelsOnSignal = cancelsOnSignal
    client.outlastsRestarts = true
  }

  /// The exit code to leave with.
  func run() throws -> Int32 {
    if cancelsOnSignal { SignalForwarding.start(endpoint: client.endpoint, id: id) }
    let end = try JobEnd.watch(endpoint: client.endpoint, id: id)
    var followed = JobOutputStream.allCases.map { Followed(stream: $0) }
    var pause = Self.shortestPauseMilliseconds
    while true {
      let hadEnded = end.hasEnded
      var moved = false
      for index in followed.indices { moved = try show(&followed[index]) || moved }
      if followed.allSatisfy(\.isComplete) { break }
      // Output that was not complete when the job had ended already will never be: its host was lost.
      if hadEnded, !moved { break }
      pause = moved ? Self.shortestPauseMilliseconds : min(pause * 2, Self.longestPauseMilliseconds)
      end.wait(milliseconds: pause)
    }
    let outcome = JobOutcome(try client.ended(id))
    if let message = outcome.message { Console.note("\(Terminal.error.jobID(id)): \(message)") }
    return outcome.exitCode
  }

  private struct Followed {
    let stream: JobOutputStream
    var offset = 0
    var isComplete = false
  }

  /// Whether there was something new.
  private func show(_ followed: inout Followed) throws -> Bool {
    guard !followed.isComplete else { return false }
    let piece: JobOutput
    do throws(ClientError) {
      piece = try client.output(id, followed.stream, from: followed.offset)
    } catch {
      // Standard output or error that goes to a file is for the file's reader.
      guard error.problem?.code == "output_elsewhere" else { throw error }
      followed.isComplete = true
      return false
    }
    Console.bytes(piece.bytes, to: followed.stream == .standardOutput ? STDOUT_FILENO : STDERR_FILENO)
    let moved = piece.nextOffset > followed.offset
    (followed.offset, followed.isComplete) = (piece.nextOffset, piece.isComplete)
    return moved
  }
}

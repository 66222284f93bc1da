import APIClient
import Glibc
import Synchronization

/// Learns on a thread of its own that a job has ended.
final class JobEnd: Sendable {
  private let ended = Atomic(false)
  private let readEnd: CInt
  private let writeEnd: CInt

  var hasEnded: Bool { ended.load(ordering: .acquiring) }

  private init() throws(ClientError) {
    var ends: [CInt] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw ClientError("No file descriptor is left") }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  static func watch(endpoint: BrokerEndpoint, id: String) throws(ClientError) -> JobEnd {
    let end = try JobEnd()
    BackgroundThread.start {
      let client = BrokerClient(endpoint)
      client.outlastsRestarts = true
      // A failure shows in the thread that fetches output as well, and is reported there.
      _ = try? client.ended(id)
      end.ended.store(true, ordering: .releasing)
      unsafe write(end.writeEnd, [0], 1)
    }
    return end
  }

  /// Returns when the job has ended, or after `milliseconds`.
  func wait(milliseconds: Int32) {
    guard !hasEnded else { return }
    var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    unsafe poll(&descriptor, 1, milliseconds)
  }
}

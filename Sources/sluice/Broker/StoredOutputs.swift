import BrokerCore
import Execution
import Glibc
import RESTAPI
import Vocabulary

/// Reads tasks' output from the files of the execution's store.
struct StoredOutputs: OutputReading {
  let store: OutputStore

  func read(
    _ job: JobID, attempt: UInt32, _ stream: OutputStream, offset: UInt64, limit: Int
  ) -> OutputPiece? {
    let path = store.path(AttemptID(job: job, attempt: attempt), stream == .stdout ? .output : .error)
    // Not waiting: a task may have taken a lease on its own file, which would hold a reader for 45 seconds.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, offset <= UInt64(Int64.max) else { return nil }
    let total = UInt64(max(0, status.st_size))
    let wanted = Int(min(UInt64(limit), total > offset ? total - offset : 0))
    var bytes = [UInt8](repeating: 0, count: wanted)
    var count = 0
    while count < wanted {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(descriptor, buffer.baseAddress?.advanced(by: count), wanted - count, off_t(offset) + off_t(count))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      count += got
    }
    return OutputPiece(bytes: count == wanted ? bytes : Array(bytes.prefix(count)), totalBytes: total)
  }
}

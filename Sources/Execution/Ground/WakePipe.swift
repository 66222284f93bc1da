import Glibc

/// Wakes a thread that waits in `poll`.
final class WakePipe: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  /// - Precondition: two descriptors are free; this is made when the broker starts.
  init() {
    var ends: [Int32] = [-1, -1]
    let result = unsafe pipe(&ends)
    precondition(result == 0, "no pipe could be made: \(SystemError.last.text)")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// A full pipe wakes as well, so a refused byte is no loss.
  func wake() {
    var byte: UInt8 = 0
    unsafe _ = write(writeEnd, &byte, 1)
  }

  func drain() {
    unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      while unsafe read(readEnd, buffer.baseAddress, 64) == 64 {}
    }
  }

  /// Waits for `wake`, at most this long.
  func wait(milliseconds: Int32) {
    var watched = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    unsafe _ = poll(&watched, 1, milliseconds)
    drain()
  }
}

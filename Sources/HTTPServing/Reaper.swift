import Glibc
import Synchronization

/// The thread that enforces deadlines: the library's own timeout only counts silence.
final class Reaper: Sendable {
  /// How late a deadline may be noticed, in milliseconds.
  private static let tick: Int32 = 50

  private let core: ServerCore
  /// Reading and writing end of a pipe; closing the second wakes the thread for the last time.
  private let wakeup: (read: Int32, write: Int32)
  private let thread = Mutex<pthread_t?>(nil)

  init(core: ServerCore) {
    self.core = core
    var ends: (Int32, Int32) = (-1, -1)
    let status = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
      unsafe pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
    }
    precondition(status == 0, "no descriptor is left")
    wakeup = ends
    for end in [ends.0, ends.1] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit { close(wakeup.read) }

  func start() {
    let context = unsafe Unmanaged.passRetained(self)
    var handle = pthread_t()
    let status = unsafe pthread_create(
      &handle, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Reaper>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
      }, context.toOpaque())
    precondition(status == 0, "no thread is left")
    thread.withLock { $0 = handle }
  }

  func stop() {
    guard let handle = thread.withLock({ $0.take() }) else { return }
    close(wakeup.write)
    pthread_join(handle, nil)
  }

  private func run() {
    var wait = [
      pollfd(fd: wakeup.read, events: Int16(POLLIN), revents: 0),
      pollfd(fd: core.handshakes.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    var last: UInt64 = 0
    while true {
      _ = unsafe poll(&wait, nfds_t(wait.count), Self.tick)
      if wait[0].revents != 0 { return }
      for slot in core.handshakes.readySlots() { core.table.continueHandshake(slot: slot) }
      let now = core.clock.refresh()
      // Handshakes wake this thread at any time; the rest has its pace.
      if now - last < UInt64(Self.tick) { continue }
      last = now
      core.expireReplies(at: now)
      let count = core.table.shutExpired(at: now)
      if count > 0 { core.counters.expiredConnections.add(count, ordering: .relaxed) }
      core.lingering.drain(at: now)
    }
  }
}

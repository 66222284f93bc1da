import Glibc
import Synchronization

/// The thread that enforces deadlines: the library's own timeout only counts silence.
final class Reaper: Sendable {
  /// How late a deadline may be noticed, in milliseconds.
  private static let tick: Int32 = 50

  private let core: ServerCore
  private let wakeup: Int32
  private let thread = Mutex<pthread_t?>(nil)

  init(core: ServerCore) {
    self.core = core
    wakeup = eventfd(0, Int32(EFD_CLOEXEC.rawValue))
    precondition(wakeup >= 0, "no descriptor is left")
  }

  deinit { close(wakeup) }

  func start() {
    let context = unsafe Unmanaged.passRetained(self)
    var handle = pthread_t()
    let status = unsafe pthread_create(
      &handle, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Reaper>.fromOpaque(context).takeRetainedValue().run()
        }
        return unsafe nil
      }, context.toOpaque())
    precondition(status == 0, "no thread is left")
    thread.withLock { $0 = handle }
  }

  func stop() {
    guard let handle = thread.withLock({ $0.take() }) else { return }
    unsafe eventfd_write(wakeup, 1)
    unsafe pthread_join(handle, nil)
  }

  private func run() {
    var wait = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&wait, 1, Self.tick) <= 0 {
      let now = core.clock.refresh()
      core.expireReplies(at: now)
      let count = core.table.shutExpired(at: now)
      if count > 0 { core.counters.expiredConnections.add(count, ordering: .relaxed) }
      core.lingering.drain(at: now)
    }
  }
}

import Glibc

/// A thread that runs one closure and can be joined.
///
/// Plain threads, since what runs here waits in `poll` and must not take a place in a pool.
struct WorkerThread: Sendable {
  private let handle: pthread_t

  /// - Precondition: the system can make a thread; without one the broker cannot work.
  init(running body: @escaping @Sendable () -> Void) {
    var handle = pthread_t()
    let box = unsafe Unmanaged.passRetained(ThreadBody(body))
    let error = unsafe pthread_create(
      &handle, nil,
      { argument in
        // The retain taken above is consumed here, once.
        if let argument = unsafe argument {
          unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
        }
        return nil
      }, box.toOpaque())
    precondition(error == 0, "no thread could be made: \(SystemError(error).text)")
    self.handle = handle
  }

  /// Waits until the closure has returned; called once.
  func join() { _ = pthread_join(handle, nil) }
}

private final class ThreadBody: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

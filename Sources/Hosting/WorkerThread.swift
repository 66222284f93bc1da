import CDispatch
import Dispatch
import Glibc
import Synchronization

/// A thread of ours with a name and a known stack, for work that blocks.
public final class WorkerThread: Sendable {
  /// Deep enough for jansson and SQLite with our limits on nesting.
  private static let stackBytes = 2 * 1_048_576

  private let finished = DispatchSemaphore(value: 0)
  private let name: String
  private let body: @Sendable () -> Void

  /// - Parameter name: at most 15 bytes are shown by the system.
  public init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Balanced in the thread's main function.
    let context = unsafe Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, &attributes, threadMain, context.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    precondition(code == 0, "no thread for \(name): error \(code)")
  }

  /// Returns when the body has returned; call it once at most.
  public func join() { finished.wait() }

  fileprivate func run() {
    // What `ps -L` and profilers show; glibc's own call is hidden from Swift.
    let comm = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    if comm >= 0 {
      _ = unsafe Array(name.utf8.prefix(15)).withUnsafeBytes { unsafe write(comm, $0.baseAddress, $0.count) }
      close(comm)
    }
    body()
    finished.signal()
  }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  let thread = unsafe Unmanaged<WorkerThread>.fromOpaque(context).takeRetainedValue()
  thread.run()
  return nil
}

import APIClient
import Glibc

/// Turns the first interrupt or termination signal into the cancellation of a job; the second ends this
/// process.
enum SignalForwarding {
  /// Call before any other thread is started: threads inherit that these signals wait for `sigwait`.
  static func start(endpoint: BrokerEndpoint, id: String) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let awaited = signals
    BackgroundThread.start {
      var awaited = awaited
      var signal: CInt = 0
      unsafe sigwait(&awaited, &signal)
      let shown = Terminal.error.jobID(id)
      Console.note("cancelling \(shown) (a second signal leaves it alone)")
      BackgroundThread.start { cancel(endpoint, id, shown) }
      unsafe sigwait(&awaited, &signal)
      // The number by which a shell knows a process that a signal ended.
      _exit(128 + signal)
    }
  }

  private static func cancel(_ endpoint: BrokerEndpoint, _ id: String, _ shown: String) {
    do throws(ClientError) {
      try BrokerClient(endpoint).cancel(id, note: "interrupted by its user")
    } catch {
      // 409: it has ended meanwhile, which is as good.
      if error.problem?.status != 409 { Console.note("\(shown) could not be cancelled: \(error)") }
    }
  }
}

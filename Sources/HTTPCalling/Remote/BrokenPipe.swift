import Glibc

/// Keeps a connection that the server has closed from ending this process.
///
/// OpenSSL writes with `write`, which raises SIGPIPE; libcurl leaves the signal alone where threads share it
/// (CURLOPT_NOSIGNAL). The process's own disposition may matter to others, so only this thread's mask changes.
enum BrokenPipe {
  static func withoutSignal<Result>(_ body: () -> Result) -> Result {
    var broken = sigset_t()
    var pending = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    unsafe sigpending(&pending)
    let wasPending = unsafe sigismember(&pending, SIGPIPE) == 1
    unsafe pthread_sigmask(SIG_BLOCK, &broken, &previous)
    let result = body()
    if !wasPending {
      // Takes the signal that the body may have raised, before it can be delivered.
      var none = timespec()
      while unsafe sigtimedwait(&broken, nil, &none) == -1, errno == EINTR {}
    }
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    return result
  }
}

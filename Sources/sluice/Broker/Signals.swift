import Glibc

/// SIGTERM, SIGINT and SIGHUP as something to wait for, instead of something that interrupts.
enum Signals {
  /// Call it before any other thread exists: they inherit what is blocked.
  static func prepare() {
    var set = wanted
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  static func wait() -> Int32 {
    var set = wanted
    var number: Int32 = 0
    while unsafe sigwait(&set, &number) != 0 {}
    return number
  }

  private static var wanted: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTERM)
    unsafe sigaddset(&set, SIGINT)
    unsafe sigaddset(&set, SIGHUP)
    return set
  }
}

import Glibc

/// The process that owns a host's tasks and outlives the broker.
public enum Shepherd {
  /// Runs until its broker retires it: the whole life of the process that calls it.
  ///
  /// Ignores SIGTERM, SIGHUP and SIGINT: a broker's service being stopped must not end what its jobs run.
  ///
  /// - Precondition: the process has one thread, and no children that are not this shepherd's.
  /// - Throws: before the first task only.
  public static func run(_ configuration: ShepherdConfiguration) throws(ShepherdError) -> Never {
    for number in [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    let loop = try ShepherdLoop(configuration)
    loop.run()
  }
}

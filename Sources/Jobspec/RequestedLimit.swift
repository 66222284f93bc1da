/// A POSIX resource limit that a job asks for.
public struct RequestedLimit: Hashable, Sendable {
  /// Lower case, without `RLIMIT_`, such as `nofile`.
  public let name: String
  /// `UInt64.max`: unlimited.
  public let value: UInt64

  public init(name: String, value: UInt64) {
    self.name = name
    self.value = value
  }

  /// The names that Flux's shell knows; its `ofile` is read as `nofile`.
  static let names = [
    "as", "core", "cpu", "data", "fsize", "memlock", "msgqueue", "nice", "nofile", "nproc", "ofile", "rss",
    "rtprio", "rttime", "sigpending", "stack",
  ]
}

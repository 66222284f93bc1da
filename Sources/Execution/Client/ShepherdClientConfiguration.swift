public import BrokerCore

/// How a broker finds its shepherd, and how it starts one.
public struct ShepherdClientConfiguration: Sendable {
  /// Unix socket of the shepherd; absolute, at most 107 bytes.
  public var socketPath: String
  /// The shepherd's state directory; absolute, exists. Its log `shepherd.log` is written there as well.
  public var stateDirectory: String
  /// The program to start, by path, and its arguments before `--socket PATH --state DIR --cgroups MODE`.
  public var executable: String
  public var arguments: [String]
  /// `automatic`, `always` or `off`, as the subcommand takes it.
  public var cgroups: String
  /// The shepherd's whole environment. Tasks inherit nothing of it: theirs comes with each order.
  public var environment: [String]
  /// Where tasks find the broker, as `SLUICE_URI`; `nil`: they are not told.
  public var brokerURI: String?
  /// The token by which an attempt's tasks sign in; `nil`: they get none. Called once for each start order.
  public var jobToken: @Sendable (AttemptID) -> String?

  public init(
    socketPath: String, stateDirectory: String, executable: String, arguments: [String] = ["shepherd"],
    cgroups: String = "automatic", environment: [String] = [], brokerURI: String? = nil,
    jobToken: @escaping @Sendable (AttemptID) -> String? = { _ in nil }
  ) {
    self.socketPath = socketPath
    self.stateDirectory = stateDirectory
    self.executable = executable
    self.arguments = arguments
    self.cgroups = cgroups
    self.environment = environment
    self.brokerURI = brokerURI
    self.jobToken = jobToken
  }
}

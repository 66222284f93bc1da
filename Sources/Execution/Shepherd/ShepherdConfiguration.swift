/// How a shepherd runs.
public struct ShepherdConfiguration: Sendable {
  /// Unix socket on which the broker finds it; at most 107 bytes.
  public var socketPath: String
  /// Exists and belongs to this user; holds the lock, the state's number and the output of jobs.
  public var stateDirectory: String
  public var cgroups: CgroupMode

  public init(socketPath: String, stateDirectory: String, cgroups: CgroupMode = .automatic) {
    self.socketPath = socketPath
    self.stateDirectory = stateDirectory
    self.cgroups = cgroups
  }
}

/// Why a shepherd could not begin.
public enum ShepherdError: Error, Equatable {
  /// Another shepherd holds the lock of this state directory.
  case alreadyRunning
  /// A step of the preparation failed; the text is for the log.
  case cannotPrepare(String)
}

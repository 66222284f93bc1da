/// Whether attempts get control groups of their own.
public enum CgroupMode: Sendable, Equatable {
  /// Where a writable hierarchy is found, for the attempts that need one: those with a memory limit.
  case automatic
  /// As `automatic`, and for every attempt: its end is then exact even for processes that hide, at the price of
  /// making and removing a directory per attempt.
  case always
  case off
  /// Below this directory of a version 2 hierarchy, for every attempt.
  case version2(parent: String)
  /// Below these directories of version 1 hierarchies, for every attempt.
  case version1(processes: String, memory: String?)

  /// Reads `automatic`, `always`, `off`, `version2:DIRECTORY` or `version1:DIRECTORY[:MEMORY-DIRECTORY]`.
  public init?(argument: String) {
    let parts = argument.split(separator: ":").map(String.init)
    switch (parts.first, parts.count) {
    case ("automatic", 1): self = .automatic
    case ("always", 1): self = .always
    case ("off", 1): self = .off
    case ("version2", 2): self = .version2(parent: parts[1])
    case ("version1", 2...3): self = .version1(processes: parts[1], memory: parts.count == 3 ? parts[2] : nil)
    default: return nil
    }
  }
}

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
}

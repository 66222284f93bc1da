/// Whether running jobs may be ended for waiting ones of higher priority.
public enum PreemptionPolicy: UInt8, Hashable, Sendable {
  case off
  /// Those that allow it: `preemptible-after` (RFC 14).
  case on
}

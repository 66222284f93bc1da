/// Which events to follow.
public enum EventSource: Sendable {
  /// Of one job, to its end.
  case job(String)
  /// Of all jobs that match these query items.
  case jobs([(String, String)])
  /// Everything that the caller may see.
  case everything
  /// Messages of topics that match, of the caller or of a user.
  case messages(pattern: String, user: String?)
}

/// What the shell does after a record is durable, in order; each may be repeated without harm.
///
/// Publication to streams and the readers' snapshot are not effects: every committed record has them.
public enum Effect: Sendable, Equatable {
  case order(ExecutionOrder)
  /// Something changed that may let a waiting job start.
  case plan
}

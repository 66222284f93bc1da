/// Whose processes run: the job's own tasks, or a program of the instance around them.
public enum AttemptStage: UInt8, Sendable, CaseIterable {
  case tasks = 0
  /// Before the tasks, on what the job holds.
  case prolog = 1
  /// After them, while the job still holds it.
  case epilog = 2
  /// After the job, before anybody else gets it.
  case housekeeping = 3

  public var name: String {
    switch self {
    case .tasks: "tasks"
    case .prolog: "prolog"
    case .epilog: "epilog"
    case .housekeeping: "housekeeping"
    }
  }
}

import Glibc

/// A place where a test may have this process killed, as by `kill -9`.
///
/// `SLUICE_FAILPOINT=name` kills at the first passage, `name:n` at the n-th.
enum Failpoint: String {
  case beforeSpawn = "exec.beforeSpawn"
  case afterSpawnBeforeReport = "exec.afterSpawnBeforeReport"
  case beforeReport = "finish.beforeReport"
}

/// Counts the passages of the one failpoint that is set.
struct Failpoints {
  static let variable = "SLUICE_FAILPOINT"

  private let chosen: Failpoint?
  private var remaining: Int

  init(setting: String?) {
    let parts = (setting ?? "").split(separator: ":")
    chosen = parts.first.flatMap { Failpoint(rawValue: String($0)) }
    remaining = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
  }

  mutating func pass(_ point: Failpoint) {
    guard point == chosen else { return }
    remaining -= 1
    if remaining == 0 { kill(getpid(), SIGKILL) }
  }
}

/// The value of an environment variable of this process.
func environmentValue(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

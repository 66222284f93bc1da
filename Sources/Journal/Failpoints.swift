import Glibc
import Synchronization

/// Named places at which a test may kill the process: `SLUICE_FAILPOINT=name` or `name:n` for the n-th visit.
///
/// SIGKILL, so that nothing is tidied: the process ends as a crash would end it.
public enum Failpoints {
  private static let wanted: (name: String, visit: Int)? = {
    guard let value = unsafe getenv("SLUICE_FAILPOINT") else { return nil }
    let parts = unsafe String(cString: value).split(separator: ":")
    guard let name = parts.first else { return nil }
    return (String(name), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
  }()
  private static let visits = Atomic<Int>(0)

  public static func hit(_ name: StaticString) {
    guard let wanted, wanted.name == name.description else { return }
    guard visits.add(1, ordering: .relaxed).newValue == wanted.visit else { return }
    kill(getpid(), SIGKILL)
  }
}

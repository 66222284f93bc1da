import BrokerCore
import CProcess
import Glibc
import Vocabulary

/// The files from which tasks read their attempt's token: one an attempt, mode 0600, gone when it ends.
///
/// In memory where there is such a place, so that a secret never reaches a disk and a file costs some microseconds.
/// logind empties these places when a user's last session ends, unless the user lingers; who lets a broker run on
/// after logging out has to linger anyway.
final class TokenFiles {
  private let path: String
  private let directory: Descriptor

  /// Removes what a predecessor left.
  ///
  /// - Precondition: this process holds the state directory's lock.
  init(state: UInt64, stateDirectory: String) throws(SystemError) {
    path = Self.place(name: "sluice-\(hexadecimal(state))") ?? "\(stateDirectory)/tokens"
    directory = try PrivateDirectory.open(path)
    for name in fileNames(in: path) { unsafe unlinkat(directory.number, name, 0) }
  }

  /// A directory in memory that is this user's alone.
  private static func place(name: String) -> String? {
    [environmentValue("XDG_RUNTIME_DIR"), "/dev/shm"].compactMap(\.self)
      .first { unsafe sluice_is_in_memory($0) && (try? PrivateDirectory.open("\($0)/\(name)")) != nil }
      .map { "\($0)/\(name)" }
  }

  /// Writes the token of an attempt and returns the path of its file.
  func write(_ token: String, for id: AttemptID) throws(SystemError) -> String {
    let name = Self.name(id)
    let number = unsafe openat(
      directory.number, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if number < 0 { throw .last }
    do throws(SystemError) { try Descriptor(owning: number).write("\(token)\n") } catch {
      remove(id)
      throw error
    }
    return "\(path)/\(name)"
  }

  func remove(_ id: AttemptID) { unsafe unlinkat(directory.number, Self.name(id), 0) }

  /// Removes the directory; it must be empty.
  func removeDirectory() { unsafe rmdir(path) }

  private static func name(_ id: AttemptID) -> String { "\(hexadecimal(id.job.rawValue)).\(id.number)" }
}

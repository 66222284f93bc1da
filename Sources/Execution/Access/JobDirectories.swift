import CProcess
import Glibc

/// Temporary directories for attempts: `FLUX_JOB_TMPDIR`, empty at the start and gone with all its content at the end.
///
/// Most jobs never look at theirs. So a directory that was not touched goes to the next attempt, and costs two cheap
/// system calls instead of being made and removed. Its time of modification tells: it is set to 1970, and the
/// kernel sets it to the present when anything is put in or taken out.
final class JobDirectories {
  /// Directories that wait for their next attempt.
  private static let spareLimit = 256

  private let base: String
  /// Holds this shepherd's own, apart from a predecessor's.
  private let own: String
  private let trash: TrashRemover
  private var spares: [Int] = []
  private var count = 0
  private var hasFailed = false

  /// What a predecessor left is removed meanwhile.
  ///
  /// - Parameter stateDirectory: they are made there, unless this process's `TMPDIR` names a place for such things.
  init(state: UInt64, incarnation: UInt64, stateDirectory: String) {
    base = environmentValue("TMPDIR").map { "\($0)/sluice-\(hexadecimal(state))" } ?? "\(stateDirectory)/jobtmp"
    own = "\(base)/\(hexadecimal(incarnation))"
    trash = TrashRemover()
    guard (try? PrivateDirectory.open(base)) != nil else { return }
    for name in fileNames(in: base) { trash.remove("\(base)/\(name)") }
  }

  /// A number for `path` and `give`; `nil` where no directory can be made: the attempt goes without.
  func take() -> Int? {
    let number = spares.popLast() ?? count
    if number == count { count += 1 }
    do throws(SystemError) {
      try prepare(path(number))
      hasFailed = false
      return number
    } catch {
      spares.append(number)
      if !hasFailed { ShepherdLoop.log("no temporary directories for jobs: \(path(number)): \(error.text)") }
      hasFailed = true
      return nil
    }
  }

  func path(_ number: Int) -> String { "\(own)/\(number)" }

  /// Takes a directory back, and has its content removed if there is any.
  ///
  /// - Precondition: no process of the attempt is left.
  func give(_ number: Int) {
    let path = path(number)
    if isUntouched(path), spares.count < Self.spareLimit { return spares.append(number) }
    if unsafe rmdir(path) == 0 || errno == ENOENT { return spares.append(number) }
    // Renamed, so that the number is free at once.
    let target = "\(own)/trash-\(number)-\(trash.count)"
    if unsafe rename(path, target) == 0 {
      trash.remove(target)
      spares.append(number)
    } else {
      trash.remove(path)
    }
  }

  /// Removes everything; called when no attempt is left.
  func removeAll() { unsafe sluice_remove_tree(base) }

  /// Makes the directory where it is not there: a cleaner of old files may have taken a spare one.
  private func prepare(_ path: String) throws(SystemError) {
    if unsafe mkdir(path, 0o700) != 0 {
      if errno == EEXIST { return }
      guard errno == ENOENT else { throw .last }
      _ = try PrivateDirectory.open(base)
      try makeDirectory(own, mode: 0o700)
      if unsafe mkdir(path, 0o700) != 0 { throw .last }
    }
    unsafe _ = [timespec(), timespec()].withUnsafeBufferPointer { times in
      unsafe utimensat(AT_FDCWD, path, times.baseAddress, 0)
    }
  }

  private func isUntouched(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode == S_IFDIR | 0o700 && status.st_uid == geteuid()
      && status.st_mtim.tv_sec == 0 && status.st_mtim.tv_nsec == 0
  }
}

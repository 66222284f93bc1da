import Glibc

/// Empty files that ended attempts left behind, for the next attempts to write to.
///
/// Most tasks of an ensemble write nothing, and making and removing two files a task is what a spawn costs most:
/// the file system looks for an inode that was not removed a moment ago. Renaming an empty file costs a tenth.
/// A file comes here only when every process of its attempt is gone, so nobody else writes to it.
final class SpareFiles {
  /// As many as attempts are likely to begin between two ends.
  private static let limit = 1_024

  private let directory: String
  private var count = 0

  /// - Parameter directory: made here; what an earlier shepherd left in it is removed.
  init(_ directory: String) throws(SystemError) {
    self.directory = directory
    try makeDirectory(directory, mode: 0o700)
    for number in 0..<Self.limit { unsafe unlink(path(number)) }
  }

  /// Puts an empty file at `target`; without one at hand it does nothing, and opening will make one.
  func take(to target: String) {
    guard count > 0 else { return }
    count -= 1
    unsafe rename(path(count), target)
  }

  /// Takes an empty file back.
  func give(_ source: String) {
    if count < Self.limit, unsafe rename(source, path(count)) == 0 {
      count += 1
    } else {
      unsafe unlink(source)
    }
  }

  private func path(_ number: Int) -> String { "\(directory)/\(number)" }
}

import Glibc

/// A directory that this user alone may enter, below one that may be everybody's.
enum PrivateDirectory {
  /// Makes the directory, or takes the one that is there if nobody else could have put something into it.
  ///
  /// - Returns: the directory, open: what it is does not change any more, whoever may write around it.
  static func open(_ path: String) throws(SystemError) -> Descriptor {
    try makeDirectory(path, mode: 0o700)
    let directory = try Descriptor(path: path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var status = stat()
    if unsafe fstat(directory.number, &status) != 0 { throw .last }
    guard status.st_uid == geteuid(), status.st_mode & 0o7777 == 0o700 else { throw SystemError(EPERM) }
    return directory
  }
}

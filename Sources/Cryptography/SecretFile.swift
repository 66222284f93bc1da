import Glibc

/// Whole small files that hold secrets: replaced at once or not at all, readable by their owner only.
public enum SecretFile {
  /// Keys and tokens are far smaller; anything larger is not ours.
  private static let longest = 1 << 20

  /// Replaces `path` by `bytes`; after a crash at any moment the old or the new content is there, whole.
  ///
  /// - Parameter mode: 0600 for secrets; 0644 for what anyone may read.
  public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(SecretFileError) {
    let draft = "\(path).\(getpid()).\(Base64URL.encode(SecureRandom.bytes(6)))"
    let descriptor = try open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    do throws(SecretFileError) {
      defer { close(descriptor) }
      // The caller's umask may have taken bits away.
      try check(fchmod(descriptor, mode), "set the mode of", draft)
      try put(bytes, into: descriptor, draft)
      try check(fsync(descriptor), "flush", draft)
    } catch {
      unsafe unlink(draft)
      throw error
    }
    guard unsafe rename(draft, path) == 0 else {
      let error = SecretFileError(action: "replace", path: path, code: errno)
      unsafe unlink(draft)
      throw error
    }
    try flushDirectory(of: path)
  }

  /// The content of `path`; `nil` when there is no such file.
  ///
  /// - Throws: also when others may read or write it: a secret that was exposed is not one.
  public static func read(_ path: String) throws(SecretFileError) -> [UInt8]? {
    let descriptor: CInt
    do {
      descriptor = try open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
    defer { close(descriptor) }
    var status = stat()
    try check(unsafe fstat(descriptor, &status), "inspect", path)
    guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0,
      status.st_uid == geteuid() || status.st_uid == 0
    else {
      throw SecretFileError(
        action: "trust (it must be a file of yours with mode 0600)", path: path, code: EPERM)
    }
    guard status.st_size <= longest else { throw SecretFileError(action: "read", path: path, code: EFBIG) }
    return try take(status.st_size, from: descriptor, path)
  }

  private static func open(_ path: String, _ flags: CInt, _ mode: mode_t) throws(SecretFileError) -> CInt {
    let descriptor = unsafe Glibc.open(path, flags, mode)
    guard descriptor >= 0 else { throw SecretFileError(action: "open", path: path, code: errno) }
    return descriptor
  }

  private static func check(_ result: CInt, _ action: String, _ path: String) throws(SecretFileError) {
    guard result == 0 else { throw SecretFileError(action: action, path: path, code: errno) }
  }

  private static func put(_ bytes: [UInt8], into descriptor: CInt, _ path: String) throws(SecretFileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SecretFileError(action: "write", path: path, code: errno) }
      rest = rest.dropFirst(count)
    }
  }

  private static func take(_ size: Int, from descriptor: CInt, _ path: String) throws(SecretFileError)
    -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: size)
    var filled = 0
    while filled < size {
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), size - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SecretFileError(action: "read", path: path, code: errno) }
      if count == 0 { break }
      filled += count
    }
    return Array(bytes.prefix(filled))
  }

  /// A rename is durable only once its directory is.
  private static func flushDirectory(of path: String) throws(SecretFileError) {
    let folder: String
    switch path.lastIndex(of: "/") {
    case nil: folder = "."
    case path.startIndex?: folder = "/"
    case let slash?: folder = String(path[..<slash])
    }
    let descriptor = try open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    defer { close(descriptor) }
    try check(fsync(descriptor), "flush", folder)
  }
}

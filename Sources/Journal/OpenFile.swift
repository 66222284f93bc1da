import Glibc

/// What went wrong with a file: the step and the system's reason.
struct FileFault: Error {
  let path: String
  let step: String
  let code: Int32

  var reason: String { "\(step): \(unsafe String(cString: strerror(code)))" }
  var journalError: JournalError {
    code == ENOSPC || code == EDQUOT ? .full : .directory(path, reason: reason)
  }
}

/// One open file; closed with its owner.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  let path: String

  init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(FileFault) {
    let descriptor = unsafe open(path, flags | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileFault(path: path, step: "open", code: errno) }
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  private func fault(_ step: String) -> FileFault { FileFault(path: path, step: step, code: errno) }

  func write(_ bytes: [UInt8]) throws(FileFault) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { raw in
        unsafe Glibc.write(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw fault("write") }
      done += count
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(FileFault) {
    let count = unsafe bytes.withUnsafeBytes { raw in
      unsafe pwrite(descriptor, raw.baseAddress, raw.count, offset)
    }
    guard count == bytes.count else { throw fault("write") }
  }

  /// Up to `count` bytes; fewer only at the end of the file.
  func read(_ count: Int) throws(FileFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = unsafe bytes.withUnsafeMutableBytes { raw in
        unsafe Glibc.read(descriptor, raw.baseAddress?.advanced(by: done), raw.count - done)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw fault("read") }
      if got == 0 { break }
      done += got
    }
    if done < count { bytes.removeLast(count - done) }
    return bytes
  }

  func size() throws(FileFault) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw fault("stat") }
    return Int(status.st_size)
  }

  func truncate(_ size: Int) throws(FileFault) {
    guard ftruncate(descriptor, size) == 0 else { throw fault("truncate") }
  }

  /// Returns when the content would survive a power cut.
  func sync() throws(FileFault) {
    guard fsync(descriptor) == 0 else { throw fault("fsync") }
  }
}

/// Steps on names rather than open files.
enum Files {
  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// 0 when there is none.
  static func size(_ path: String) -> Int64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// A missing file is as good as a removed one.
  static func remove(_ path: String) throws(FileFault) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else {
      throw FileFault(path: path, step: "remove", code: errno)
    }
  }

  static func rename(_ old: String, to new: String) throws(FileFault) {
    guard unsafe Glibc.rename(old, new) == 0 else { throw FileFault(path: old, step: "rename", code: errno) }
  }

  static func makeDirectory(_ path: String) throws(FileFault) {
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw FileFault(path: path, step: "create directory", code: errno)
    }
  }

  /// New and removed names of a directory survive a power cut from here on.
  static func syncDirectory(_ path: String) throws(FileFault) {
    try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
  }

  static func names(in path: String) throws(FileFault) -> [String] {
    guard let directory = unsafe opendir(path) else { throw FileFault(path: path, step: "list", code: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Copies and syncs one file.
  static func copy(_ source: String, to target: String) throws(FileFault) {
    let input = try OpenFile(source, O_RDONLY)
    let output = try OpenFile(target, O_WRONLY | O_CREAT | O_EXCL)
    while true {
      let bytes = try input.read(1 << 20)
      if bytes.isEmpty { break }
      try output.write(bytes)
    }
    try output.sync()
  }
}

import Glibc

/// An open file that closes itself.
struct Descriptor: ~Copyable {
  let number: Int32

  /// - Parameter number: an open descriptor that nobody else closes.
  init(owning number: Int32) { self.number = number }

  /// Opens a file, closed on exec.
  init(path: String, flags: Int32, mode: mode_t = 0o600) throws(SystemError) {
    number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
    if number < 0 { throw .last }
  }

  deinit { _ = close(number) }

  /// Everything from the start of a small file; empty when it cannot be read.
  func readFromStart(limit: Int) -> [UInt8] {
    var content = [UInt8](repeating: 0, count: limit)
    var filled = 0
    while filled < limit {
      let count = unsafe content.withUnsafeMutableBytes { bytes in
        unsafe pread(number, bytes.baseAddress?.advanced(by: filled), limit - filled, off_t(filled))
      }
      if count <= 0 { break }
      filled += count
    }
    content.removeSubrange(filled...)
    return content
  }

  /// Writes a short text in one call, as control files want it.
  func write(_ text: String) throws(SystemError) {
    var copy = text
    let count = copy.withUTF8 { bytes in unsafe Glibc.write(number, bytes.baseAddress, bytes.count) }
    if count < 0 { throw .last }
  }
}

/// The content of a small file, or `nil` when it cannot be read.
///
/// - Parameter limit: bytes; what lies beyond is left out.
func contents(ofFile path: String, limit: Int) -> [UInt8]? {
  guard let file = try? Descriptor(path: path, flags: O_RDONLY) else { return nil }
  return file.readFromStart(limit: limit)
}

/// Replaces the content of a control file.
func overwrite(file path: String, with text: String) throws(SystemError) {
  try Descriptor(path: path, flags: O_WRONLY).write(text)
}

/// Makes a directory; one that exists already is fine.
func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) {
  if unsafe mkdir(path, mode) != 0, errno != EEXIST { throw .last }
}

/// The names in a directory, without itself and its parent; empty when it cannot be read.
func fileNames(in path: String) -> [String] {
  guard let directory = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

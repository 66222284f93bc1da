import Glibc

/// What of the memory of this process is in use.
enum ResidentMemory {
  /// Bytes; `nil` where `/proc` does not say.
  ///
  /// - Source: proc(5), `/proc/[pid]/statm`.
  static func bytes() -> Int? {
    guard let file = try? DocumentFile("/proc/self/statm") else { return nil }
    let fields = String(decoding: file.bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(CInt(_SC_PAGESIZE))
  }
}

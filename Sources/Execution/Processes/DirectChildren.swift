import Glibc

/// The children of this process, those that the kernel gave it as their subreaper included.
///
/// One `pread` of `/proc/self/task/<tid>/children`; a kernel without that file costs a reading of `/proc`.
struct DirectChildren: ~Copyable {
  /// One read; more children take more reads.
  private static let chunkBytes = 16 << 10

  /// -1: there is no such file.
  private let list: Int32

  /// - Precondition: called on the only thread of the process, which is the one that has all children.
  init() { list = unsafe open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC) }

  deinit { if list >= 0 { close(list) } }

  /// Calls `body` with the number of each child, in no particular order.
  func forEach(_ body: (pid_t) -> Void) {
    guard list >= 0 else {
      for pid in ProcessTable.read().childrenOf(getpid()) { body(pid) }
      return
    }
    var pid: pid_t = 0
    var offset: off_t = 0
    while true {
      let text = read(at: offset)
      if text.isEmpty { break }
      offset += off_t(text.count)
      for byte in text {
        if byte == UInt8(ascii: " ") {
          if pid != 0 { body(pid) }
          pid = 0
        } else {
          pid = pid &* 10 &+ pid_t(byte &- UInt8(ascii: "0"))
        }
      }
    }
    if pid != 0 { body(pid) }
  }

  private func read(at offset: off_t) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
      unsafe count = max(0, pread(list, buffer.baseAddress, Self.chunkBytes, offset))
    }
  }
}

import Glibc
import Synchronization

/// Sockets that were answered before the client had finished sending.
///
/// Closing a socket with unread bytes resets it, and the reset may overtake the answer.  So a duplicate of
/// the descriptor is kept, its sending side shut, and what still comes is read and dropped for a while.
final class Lingering: Sendable {
  private struct Entry {
    let descriptor: Int32
    let expiry: UInt64
    var bytesLeft: Int
  }

  private let entries = Mutex<[Entry]>([])

  /// Called before the library closes `descriptor`.
  func add(_ descriptor: Int32, at now: UInt64, limits: HTTPLimits) {
    entries.withLock { entries in
      guard entries.count < limits.lingering else { return }
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { return }
      shutdown(copy, Int32(SHUT_WR))
      let expiry = now + UInt64(limits.lingerSeconds * 1000)
      entries.append(Entry(descriptor: copy, expiry: expiry, bytesLeft: limits.lingerBytes))
    }
  }

  /// Reads what has come, and closes what has ended, sent too much or waited long enough.
  func drain(at now: UInt64) {
    entries.withLock { entries in
      entries.removeAll { entry in
        let isOpen = Self.discard(&entry) && now < entry.expiry
        if !isOpen { close(entry.descriptor) }
        return !isOpen
      }
    }
  }

  func closeAll() {
    entries.withLock { entries in
      for entry in entries { close(entry.descriptor) }
      entries = []
    }
  }

  private static func discard(_ entry: inout Entry) -> Bool {
    unsafe withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 8) { buffer in
      while entry.bytesLeft > 0 {
        let count = unsafe recv(entry.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count == 0 { return false }
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        entry.bytesLeft -= count
      }
      return false
    }
  }
}

extension Array {
  /// `removeAll(where:)` for a test that changes the element it keeps.
  fileprivate mutating func removeAll(_ isDone: (inout Element) -> Bool) {
    var kept = 0
    for index in indices where !isDone(&self[index]) {
      if kept != index { swapAt(kept, index) }
      kept += 1
    }
    removeLast(count - kept)
  }
}

import CProcess
import Glibc

/// Descriptors of which most are silent most of the time, watched by one descriptor for all: epoll.
///
/// Costs nothing until the first descriptor is added. Events of a descriptor that was removed never come up, even
/// where its number was given to another since: each entry has a token of its own.
final class EventSet<Key> {
  /// Events taken at a time, so that others are seen in between.
  private static var batch: Int { 64 }

  private var poll: Descriptor?
  private var keys: [UInt64: Key] = [:]
  private var tokens: [Int32: UInt64] = [:]
  private var lastToken: UInt64 = 0

  /// To be watched for reading; -1: nothing to watch yet.
  private(set) var descriptor: Int32 = -1

  var isEmpty: Bool { tokens.isEmpty }

  /// Watches a descriptor until it is removed, which must come before it is closed.
  ///
  /// - Throws: `ENOMEM`, `ENOSPC`, `EMFILE`.
  func add(_ watched: Int32, _ key: Key, forWriting: Bool = false) throws(SystemError) {
    let set = try opened()
    lastToken += 1
    let result = sluice_watch_add(set, watched, lastToken, forWriting)
    if result != 0 { throw SystemError(-result) }
    tokens[watched] = lastToken
    keys[lastToken] = key
  }

  /// One that is not watched is fine.
  func remove(_ watched: Int32) {
    guard let token = tokens.removeValue(forKey: watched) else { return }
    keys[token] = nil
    sluice_watch_remove(descriptor, watched)
  }

  func contains(_ watched: Int32) -> Bool { tokens[watched] != nil }

  /// Calls `body` with what is ready, in no particular order.
  func takeReady(_ body: (Key) -> Void) {
    guard descriptor >= 0 else { return }
    var ready = [UInt64](repeating: 0, count: Self.batch)
    let count = unsafe sluice_watch_take(descriptor, &ready, Int32(Self.batch))
    for token in ready[..<Int(count)] {
      // Handling the one before may have removed it.
      if let key = keys[token] { body(key) }
    }
  }

  private func opened() throws(SystemError) -> Int32 {
    if descriptor < 0 {
      let number = sluice_watch_open()
      if number < 0 { throw SystemError(-number) }
      poll = Descriptor(owning: number)
      descriptor = number
    }
    return descriptor
  }
}

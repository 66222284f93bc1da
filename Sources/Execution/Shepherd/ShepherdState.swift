import Glibc

/// What a shepherd keeps in its state directory: the lock that makes it the only one, and the number by which the
/// processes of this directory are recognised.
struct ShepherdState: ~Copyable {
  /// A shepherd that was killed frees its lock within this time, in steps of 10 ms.
  private static let lockPatience = 500

  let number: UInt64
  private let lock: Descriptor

  init(directory: String) throws(ShepherdError) {
    let lock = try Self.openLock("\(directory)/shepherd.lock")
    var tries = 0
    while flock(lock.number, LOCK_EX | LOCK_NB) != 0 {
      tries += 1
      if tries > Self.lockPatience { throw .alreadyRunning }
      usleep(10_000)
    }
    // The lock's own file holds the number: whoever holds the lock may write it.
    let kept = String(decoding: lock.readFromStart(limit: 16), as: UTF8.self)
    var number = kept.utf8.count == 16 ? UInt64(kept, radix: 16) ?? 0 : 0
    if number == 0 {
      number = UInt64.random(in: 1...UInt64.max)
      do throws(SystemError) { try lock.write(hexadecimal(number)) } catch {
        throw .cannotPrepare("\(directory)/shepherd.lock: \(error.text)")
      }
    }
    self.number = number
    self.lock = lock
  }

  private static func openLock(_ path: String) throws(ShepherdError) -> Descriptor {
    do throws(SystemError) { return try Descriptor(path: path, flags: O_RDWR | O_CREAT) } catch {
      throw .cannotPrepare("\(path): \(error.text)")
    }
  }
}

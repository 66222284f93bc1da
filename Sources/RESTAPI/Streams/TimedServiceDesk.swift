import Cryptography
import Dispatch
import Messaging
import Synchronization
import Vocabulary

/// The desk with a clock: ends waits when their time is up, and names calls for answerers.
final class TimedServiceDesk: Sendable {
  let desk = ServiceDesk()
  private let timers: DispatchQueue
  /// When the next look at the desk is due; `nil` when none is planned.
  private let planned = Mutex<Timestamp?>(nil)
  /// Of this process: what was asked of an earlier one is answered to nobody.
  private let mark = SecureRandom.bytes(8)
    .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()

  init(timers: DispatchQueue) { self.timers = timers }

  /// Never steps back, whatever happens to the wall clock.
  var now: Timestamp { Timestamp(microseconds: Int64(DispatchTime.now().uptimeNanoseconds / 1_000)) }

  /// Plans a look at the desk when its next deadline comes, unless one is planned early enough.
  ///
  /// So there is about one timer, however many wait. Call it after each new wait.
  func plan() {
    guard let next = desk.nextDeadline else { return }
    let isNew = planned.withLock { planned in
      if let planned, planned <= next { return false }
      planned = next
      return true
    }
    guard isNew else { return }
    // A little late rather than early: an early look would find nothing overdue and plan again.
    let wait = DispatchTimeInterval.microseconds(Int(max(0, next.since(now).microseconds)) + 1_000)
    timers.asyncAfter(deadline: .now() + wait) { [self] in
      planned.withLock { planned in
        if planned == next { planned = nil }
      }
      desk.tick(now)
      plan()
    }
  }

  // MARK: Names of calls

  /// What an answerer gives back with its reply.
  func text(of call: ServiceCall) -> String { "\(mark)-\(call.number)" }

  /// `nil` for text that no broker wrote; number 0 is no call, and stands for one of an earlier process.
  func number(_ text: String) -> UInt64? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 16, parts[0].allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
      (1...20).contains(parts[1].utf8.count), let number = UInt64(parts[1]), String(number) == parts[1]
    else { return nil }
    return parts[0] == mark ? number : 0
  }
}

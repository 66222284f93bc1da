public import BrokerCore
import Synchronization

/// What came of a command, once that is durable.
public enum Outcome: Sendable {
  case answered(Answer)
  case refused(Refusal)
  /// Nothing was changed; the caller may try again.
  case unavailable(Unavailability)
}

/// Why the broker takes no command right now.
public enum Unavailability: Sendable, Equatable {
  case inboxFull
  case storageFull
  case stopping
}

/// A command on its way through the loop.
struct Entry: Sendable {
  let command: Command
  let attribution: Attribution
  let complete: (@Sendable (Outcome) -> Void)?
}

/// The two lanes in front of the loop.
///
/// *Internal* carries what happened and must be taken in: it has no limit and is drained first. *Admission*
/// carries what callers ask: it is bounded, and full means 503.
final class Inbox: Sendable {
  /// Commands waiting for admission: two seconds of single submissions at full speed.
  static let admissionLimit = 16_384
  /// Submissions waiting inside them: what a batch of bulk chunks may keep in memory.
  static let admissionItemLimit = 262_144
  /// Bytes that they carry besides: keys and values.
  static let admissionByteLimit = 64 << 20
  /// Of these, as many as one batch takes: one commit of that size takes some 100 ms.
  static let bytesPerBatch = 16 << 20

  private struct Lanes {
    var urgent: [Entry] = []
    var admission: [Entry] = []
    var admissionItems = 0
    var admissionBytes = 0
    var isClosed = false
  }

  private let lanes = Mutex(Lanes())
  let bell = Bell()

  /// - Returns: why it was not taken; `nil` when it was.
  func admit(_ entry: Entry) -> Unavailability? {
    let refusal: Unavailability? = lanes.withLock { lanes in
      if lanes.isClosed { return .stopping }
      guard lanes.admission.count < Self.admissionLimit, lanes.admissionItems < Self.admissionItemLimit,
        lanes.admissionBytes < Self.admissionByteLimit
      else { return .inboxFull }
      lanes.admission.append(entry)
      lanes.admissionItems += entry.itemCount
      lanes.admissionBytes += entry.command.weight
      return nil
    }
    if refusal == nil { bell.ring() }
    return refusal
  }

  func post(_ entries: [Entry]) {
    guard !entries.isEmpty else { return }
    lanes.withLock { $0.urgent += entries }
    bell.ring()
  }

  /// Puts entries back in front, after a commit that did not happen.
  func putBack(_ entries: [Entry]) { lanes.withLock { $0.urgent = entries + $0.urgent } }

  /// Everything urgent, and of what waits for admission as many items as `limit`.
  func take(admissionItems limit: Int) -> [Entry] {
    lanes.withLock { lanes in
      var taken: [Entry] = []
      swap(&taken, &lanes.urgent)
      var (items, bytes, count) = (0, 0, 0)
      while count < lanes.admission.count, items < limit, bytes < Self.bytesPerBatch {
        items += lanes.admission[count].itemCount
        bytes += lanes.admission[count].command.weight
        count += 1
      }
      if count == lanes.admission.count {
        taken += lanes.admission
        lanes.admission.removeAll(keepingCapacity: true)
      } else {
        taken += lanes.admission[..<count]
        lanes.admission.removeFirst(count)
      }
      lanes.admissionItems -= items
      lanes.admissionBytes -= bytes
      return taken
    }
  }

  var isEmpty: Bool { lanes.withLock { $0.urgent.isEmpty && $0.admission.isEmpty } }
  var admissionCount: Int { lanes.withLock { $0.admission.count } }

  /// Admission ends; what is inside is still answered.
  func close() { lanes.withLock { $0.isClosed = true } }
}

extension Entry {
  fileprivate var itemCount: Int {
    if case .submit(let submit) = command { submit.items.count } else { 1 }
  }
}

public import BrokerCore
import Jobs
public import Vocabulary
import Synchronization

/// Who waits for something to happen to one job, namespace or fence, and who for anything at all.
public final class Watchers: Sendable {
  /// Called on the commit thread after a batch is durable and readable: it must only wake somebody.
  public typealias Wake = @Sendable () -> Void

  /// What can be watched by itself.
  public enum Subject: Hashable, Sendable {
    case job(JobID)
    case namespace(NamespaceID)
    case fence(FenceID)
  }

  private struct Contents {
    var next: UInt64 = 0
    var bySubject: [Subject: [UInt64: Wake]] = [:]
    var everything: [UInt64: Wake] = [:]
  }

  private let contents = Mutex(Contents())

  public init() {}

  /// What `add` returned; give it to `remove`.
  public struct Ticket: Sendable {
    let subject: Subject?
    let number: UInt64
  }

  /// - Parameter subject: `nil` watches everything.
  public func add(_ subject: Subject?, _ wake: @escaping Wake) -> Ticket {
    contents.withLock { contents in
      contents.next += 1
      if let subject {
        contents.bySubject[subject, default: [:]][contents.next] = wake
      } else {
        contents.everything[contents.next] = wake
      }
      return Ticket(subject: subject, number: contents.next)
    }
  }

  public func remove(_ ticket: Ticket) {
    contents.withLock { contents in
      guard let subject = ticket.subject else {
        contents.everything[ticket.number] = nil
        return
      }
      contents.bySubject[subject]?[ticket.number] = nil
      if contents.bySubject[subject]?.isEmpty ?? false { contents.bySubject[subject] = nil }
    }
  }

  /// Those who watch one of these; each once, however much happened to it.
  func wakes(for subjects: some Sequence<Subject>) -> [Wake] {
    contents.withLock { contents in
      guard !contents.bySubject.isEmpty else { return [] }
      var wakes: [UInt64: Wake] = [:]
      for subject in subjects {
        if let watchers = contents.bySubject[subject] { wakes.merge(watchers) { first, _ in first } }
      }
      return Array(wakes.values)
    }
  }

  var wakesForEverything: [Wake] { contents.withLock { Array($0.everything.values) } }
  public var countForEverything: Int { contents.withLock { $0.everything.count } }
}

extension RecordBody {
  /// Whom it concerns, where that can be watched by itself.
  var watched: Watchers.Subject? {
    switch self {
    case .jobSubmitted(let submission): .job(submission.id)
    case .jobHappened(let id, _): .job(id)
    case .namespaceCreated(let creation): .namespace(creation.id)
    case .namespaceChanged(let id, _, _), .namespaceRemoved(let id), .keysChanged(let id, _), .keysCompacted(let id, _):
      .namespace(id)
    case .fenceEnded(let id, _): .fence(id)
    default: nil
    }
  }
}

public import Vocabulary
import Synchronization

/// Who waits for something to happen to one job, and who for anything at all.
public final class Watchers: Sendable {
  /// Called on the commit thread after a batch is durable and readable: it must only wake somebody.
  public typealias Wake = @Sendable () -> Void

  private struct Contents {
    var next: UInt64 = 0
    var byJob: [JobID: [UInt64: Wake]] = [:]
    var everything: [UInt64: Wake] = [:]
  }

  private let contents = Mutex(Contents())

  public init() {}

  /// What `add` returned; give it to `remove`.
  public struct Ticket: Sendable {
    let job: JobID?
    let number: UInt64
  }

  /// - Parameter job: `nil` watches everything.
  public func add(_ job: JobID?, _ wake: @escaping Wake) -> Ticket {
    contents.withLock { contents in
      contents.next += 1
      if let job {
        contents.byJob[job, default: [:]][contents.next] = wake
      } else {
        contents.everything[contents.next] = wake
      }
      return Ticket(job: job, number: contents.next)
    }
  }

  public func remove(_ ticket: Ticket) {
    contents.withLock { contents in
      guard let job = ticket.job else {
        contents.everything[ticket.number] = nil
        return
      }
      contents.byJob[job]?[ticket.number] = nil
      if contents.byJob[job]?.isEmpty ?? false { contents.byJob[job] = nil }
    }
  }

  /// Those who watch one of these jobs.
  func wakes(for jobs: some Sequence<JobID>) -> [Wake] {
    contents.withLock { contents in
      guard !contents.byJob.isEmpty else { return [] }
      var wakes: [Wake] = []
      for job in jobs { if let watchers = contents.byJob[job] { wakes += watchers.values } }
      return wakes
    }
  }

  var wakesForEverything: [Wake] { contents.withLock { Array($0.everything.values) } }
  public var countForEverything: Int { contents.withLock { $0.everything.count } }
}

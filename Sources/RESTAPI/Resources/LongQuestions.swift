import Dispatch
import HTTPServing
import Hosting
import Synchronization

/// Where questions that may take seconds are worked out: one after the other, on a thread of their own, so that they
/// never keep readers waiting.
final class LongQuestions: Sendable {
  /// Questions that wait or are worked out; more are told to come again.
  static let maximumCount = 8
  /// How long an answer may be waited for, in seconds.
  static let seconds = 60.0

  private let queue: DispatchQueue
  private let count = Atomic<Int>(0)

  init(_ name: String) { queue = DispatchQueue(label: "sluice.\(name)", qos: .utility) }

  /// - Returns: whether it was taken.
  func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    guard count.add(1, ordering: .relaxed).newValue <= Self.maximumCount else {
      count.subtract(1, ordering: .relaxed)
      return false
    }
    queue.async { [self] in
      work()
      count.subtract(1, ordering: .relaxed)
    }
    return true
  }
}

extension API {
  /// Answers what takes long; nothing is worked out for who has left meanwhile.
  func workOut(
    on questions: LongQuestions, _ context: RequestContext,
    _ answer: @escaping @Sendable () throws(Problem) -> HTTPResponse
  ) throws(Problem) -> HTTPReply {
    let pending = unanswered(context, seconds: LongQuestions.seconds)
    let isTaken = questions.submit {
      guard pending.isAwaited else { return }
      let response: HTTPResponse
      do throws(Problem) {
        response = try answer()
      } catch {
        response = error.response(requestID: context.requestID)
      }
      pending.complete { response }
    }
    guard isTaken else { throw Problem(Unavailability.inboxFull) }
    return .later(pending)
  }
}

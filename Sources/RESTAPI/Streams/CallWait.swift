import HTTPServing
import Messaging

/// A caller who waits for the whole answer: parked, holding no thread.
final class CallWait: Sendable {
  private let context: RequestContext
  private let call: ServiceCall
  private let pending: PendingReply

  init(_ context: RequestContext, _ call: ServiceCall, _ pending: PendingReply) {
    self.context = context
    self.call = call
    self.pending = pending
  }

  /// Watches first and looks afterwards, so that nothing falls between.
  func begin() {
    call.attach { [self] in look() }
    look()
  }

  private func look() {
    guard let end = call.end else { return }
    let (call, requestID) = (call, context.requestID)
    pending.complete {
      switch end {
      case .answered(let last):
        CallRendering.response(call.takeParts().flatMap(\.bytes) + last.bytes, last.mediaType, requestID)
      default: CallRendering.problem(end).response(requestID: requestID)
      }
    }
  }
}

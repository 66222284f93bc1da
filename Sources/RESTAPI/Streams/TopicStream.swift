import HTTPServing
import Jobs
import Messaging
import Synchronization

/// One listener: durable messages as an event stream brings them, and between them what is transient.
///
/// The event stream inside does what streams of the log do: position, heartbeats, the end of a token.
final class TopicStream: StreamSource {
  private struct State {
    var subscription: TopicSubscription?
    /// Of a transient message: what did not fit into the last buffer.
    var rest: ArraySlice<UInt8> = []
  }

  private let state = Mutex(State())
  private let durable: EventStream
  private let hub: TopicHub
  private let filter: MessageFilter
  private let form: EventStream.Form

  init(hub: TopicHub, durable: EventStream, filter: MessageFilter, form: EventStream.Form) {
    self.hub = hub
    self.durable = durable
    self.filter = filter
    self.form = form
  }

  func attach(_ waker: StreamWaker) {
    let subscription = hub.subscribe(to: filter.pattern, in: filter.owner.userID) { waker.wake() }
    state.withLock { $0.subscription = subscription }
    durable.attach(waker)
  }

  func closed() {
    if let subscription = state.withLock({ $0.subscription.take() }) { hub.remove(subscription) }
    durable.closed()
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    state.withLock { state in
      var count = 0
      // An event of the log that was begun is finished before anything else comes.
      if durable.isBetweenEvents { unsafe takeTransient(&state, into: buffer, &count) }
      guard state.rest.isEmpty, count < buffer.count else { return .wrote(count) }
      let free = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      switch unsafe durable.pull(into: free) {
      case .wrote(let more): return .wrote(count + more)
      case .nothingYet: return count > 0 ? .wrote(count) : .nothingYet
      // What the log's stream says last ends both.
      case .finished: return count > 0 ? .wrote(count) : .finished
      }
    }
  }

  private func takeTransient(
    _ state: inout State, into buffer: UnsafeMutableRawBufferPointer, _ count: inout Int
  ) {
    while count < buffer.count {
      if state.rest.isEmpty {
        guard let item = state.subscription?.next() else { return }
        state.rest = MessageRendering.framed(item, form)[...]
      }
      unsafe state.rest.move(into: buffer, &count)
    }
  }
}

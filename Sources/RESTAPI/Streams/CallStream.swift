import HTTPServing
import Messaging
import Synchronization

/// The answer to one call, part by part. Lives no longer than the call may.
final class CallStream: StreamSource {
  private struct State {
    var rest: ArraySlice<UInt8> = []
    var isFinished = false
  }

  private let state = Mutex(State())
  private let call: ServiceCall
  private let caller: Caller
  private let form: EventStream.Form
  private let api: API

  init(api: API, call: ServiceCall, caller: Caller, form: EventStream.Form) {
    self.api = api
    self.call = call
    self.caller = caller
    self.form = form
  }

  func attach(_ waker: StreamWaker) { call.attach { waker.wake() } }

  func closed() {
    api.services.desk.abandon(call, at: api.services.now)
    api.streamCounts.release(caller)
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    state.withLock { state in
      if state.rest.isEmpty { refill(&state) }
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      guard count > 0 else { return state.isFinished ? .finished : .nothingYet }
      return .wrote(count)
    }
  }

  private func refill(_ state: inout State) {
    guard !state.isFinished else { return }
    // Looked at first: parts that come before the end are in the list by then.
    let end = call.end
    var bytes: [UInt8] = []
    for part in call.takeParts() { bytes += CallRendering.event("part", part, form) }
    if let end {
      bytes += CallRendering.event(end, form)
      state.isFinished = true
    }
    state.rest = bytes[...]
  }
}

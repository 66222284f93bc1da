import BrokerCore
import HTTPServing
import Hosting
import Synchronization
import Vocabulary

/// One client's stream of events: a position, a filter, and what of the last event was not yet taken.
///
/// It holds no queue: it pulls from the shared ring, and from the journal, on another thread, when it has
/// fallen behind the ring. So a client that never reads costs its fixed state only.
final class EventStream: StreamSource, TendedStream {
  /// Without any other event, a bookmark carries the position this often.
  static let heartbeatMicroseconds: Int64 = 15_000_000
  /// Records that one visit to the journal brings.
  static let recordsPerVisit = 2_048

  enum Form: Sendable { case serverSentEvents, lines }

  fileprivate struct State {
    var next: UInt64
    /// Read before the ring: a job's past, or what the journal gave to a laggard.
    var backlog: ArraySlice<StreamEvent> = []
    /// What did not fit into the last buffer.
    var rest: ArraySlice<UInt8> = []
    var isVisitingJournal = false
    var isFinished = false
    var lastWrite: Timestamp
    var waker: StreamWaker?
    var ticket: Watchers.Ticket?
  }

  private let state: Mutex<State>
  private let filter: StreamFilter
  private let caller: Caller
  private let form: Form
  private let api: API

  /// - Parameter backlog: events before `next` that are to be sent first.
  init(api: API, caller: Caller, filter: StreamFilter, form: Form, from next: UInt64, backlog: [StreamEvent] = []) {
    self.api = api
    self.caller = caller
    self.filter = filter
    self.form = form
    // The first heartbeat is due at once: it tells a client where it stands.
    let begin = Timestamp(microseconds: api.broker.ports.now().microseconds - Self.heartbeatMicroseconds)
    state = Mutex(State(next: next, backlog: backlog[...], lastWrite: begin))
  }

  func attach(_ waker: StreamWaker) {
    let ticket = filter.job.map { job in api.broker.watchers.add(.job(job)) { waker.wake() } }
    state.withLock { state in
      state.waker = waker
      state.ticket = ticket
    }
    api.pacer.add(self, isPaced: filter.job == nil)
  }

  func closed() {
    api.pacer.remove(self)
    if let ticket = state.withLock({ $0.ticket }) { api.broker.watchers.remove(ticket) }
    api.streamCounts.release(caller)
  }

  /// Whether whatever was begun has been taken whole: something else may be put in.
  var isBetweenEvents: Bool { state.withLock { $0.rest.isEmpty } }

  func wake() { state.withLock { $0.waker }?.wake() }

  /// Called by the pacer: wakes the stream when a heartbeat is due, ends it when its caller's token is not
  /// valid any more.
  func tend(at now: Timestamp) {
    let isValid = api.signIn.isStillValid(caller)
    let isDue = state.withLock { state in
      if !isValid { state.endForLackOfAuthority(form) }
      return !isValid || now.since(state.lastWrite).microseconds >= Self.heartbeatMicroseconds
    }
    if isDue { wake() }
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    let now = api.broker.ports.now()
    return state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      while count < buffer.count, state.rest.isEmpty, !state.isFinished {
        guard let event = nextEvent(&state) else { break }
        state.next = max(state.next, event.seq + 1)
        guard filter.passes(event, to: caller) else { continue }
        state.rest = form == .lines ? event.data + [UInt8(ascii: "\n")] : event.sse[...]
        unsafe state.rest.move(into: buffer, &count)
        if event.isLastOfJob, filter.job != nil { state.isFinished = true }
      }
      if count == 0, !state.isFinished, now.since(state.lastWrite).microseconds >= Self.heartbeatMicroseconds {
        let epoch = api.broker.withSnapshot { $0.epoch }
        state.rest = form.bookmark(at: Position(epoch: epoch, seq: state.next - 1))
        unsafe state.rest.move(into: buffer, &count)
      }
      if count > 0 {
        state.lastWrite = now
        return .wrote(count)
      }
      return state.isFinished ? .finished : .nothingYet
    }
  }

  /// The next event in order, whether or not it passes the filter.
  private func nextEvent(_ state: inout State) -> StreamEvent? {
    if let event = state.backlog.popFirst() { return event }
    guard !state.isVisitingJournal else { return nil }
    switch api.broker.events.read(from: state.next) {
    case .segments(let segments, let next):
      guard !segments.isEmpty else { return nil }
      let from = state.next
      var events: [StreamEvent] = []
      for segment in segments { events += segment.events.lazy.filter { $0.seq >= from } }
      state.next = next
      state.backlog = events[...]
      return state.backlog.popFirst()
    case .behind:
      state.isVisitingJournal = true
      visitJournal(from: state.next)
      return nil
    }
  }

  private func visitJournal(from next: UInt64) {
    let isTaken = api.readers.submit { [self] in
      let epoch = api.broker.withSnapshot { $0.epoch }
      let outcome = Result { () throws(ArchiveFailure) in
        try api.broker.ports.archive.records(from: next, limit: Self.recordsPerVisit)
      }
      state.withLock { state in
        state.isVisitingJournal = false
        switch outcome {
        case .success(let records):
          var events: [StreamEvent] = []
          for record in records {
            events += api.broker.ports.encode(record, epoch).lazy.filter { $0.seq >= next }
            state.next = max(state.next, record.seq + record.body.width)
          }
          state.backlog = events[...]
        case .failure: state.end(with: "event: error\ndata: {\"code\":\"history_gone\"}\n\n", form)
        }
      }
      wake()
    }
    if !isTaken { state.withLock { $0.isVisitingJournal = false } }
  }
}

extension EventStream.State {
  fileprivate mutating func endForLackOfAuthority(_ form: EventStream.Form) {
    end(with: "event: auth-expired\ndata: {}\n\n", form)
  }

  fileprivate mutating func end(with event: String, _ form: EventStream.Form) {
    guard !isFinished else { return }
    isFinished = true
    backlog = []
    if form == .serverSentEvents { rest = Array(event.utf8)[...] }
  }
}

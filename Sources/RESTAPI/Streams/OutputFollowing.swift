import BrokerCore
import Dispatch
import HTTPServing
import Hosting
import Jobs
import Persistent
import Synchronization
import Vocabulary

/// One client that reads a job's output: to what is there, or to what will be there at the job's end.
///
/// It pulls: a piece is read when the one before was taken, on a reader's thread, so a client that does not read
/// costs one piece. As bytes it is one attempt's stream; as entries it goes on with the next attempt.
final class OutputFollowing: StreamSource, TendedStream {
  /// Read at a time: large enough that a look is cheap by the byte.
  private static let pieceBytes = 1 << 20

  private struct State {
    var reader: any OutputReader
    var position: OutputPosition
    /// Read and not taken, in the form that is sent.
    var rest: ArraySlice<UInt8> = []
    /// A look is under way, or will come after a pause.
    var isLooking = false
    var pause = OutputFollowers.shortestMilliseconds
    /// Rises with each look, so that a pause that was cut short ends nothing later.
    var round = 0
    var isResting = false
    /// Something happened to the job while a look was under way.
    var isDisturbed = false
    var isFinished = false
    var hasBegun: Bool
    var lastWrite: Timestamp
    var waker: StreamWaker?
    var ticket: Watchers.Ticket?
  }

  private let api: API
  private let caller: Caller
  private let job: Job
  private let wish: OutputWish
  /// `nil`: as bytes.
  private let form: EventStream.Form?
  private let state: Mutex<State>

  init(api: API, caller: Caller, job: Job, wish: OutputWish, form: EventStream.Form?) {
    self.api = api
    self.caller = caller
    self.job = job
    self.wish = wish
    self.form = form
    var position = wish.since ?? OutputPosition(attempt: wish.attempt ?? (form == nil ? job.attempt : 1))
    if form == nil { position[wish.streams[0]] = wish.skipped }
    state = Mutex(
      State(
        reader: api.configuration.outputs.reader(
          job.id, attempt: position.attempt, wish.request(job, position.skipped)),
        position: position, hasBegun: form == nil || wish.since != nil, lastWrite: api.broker.ports.now()))
    api.outputFollowers.begin()
  }

  // MARK: StreamSource

  func attach(_ waker: StreamWaker) {
    let ticket = api.broker.watchers.add(.job(job.id)) { [weak self] in self?.disturb() }
    state.withLock { state in
      state.waker = waker
      state.ticket = ticket
    }
    api.pacer.add(self, isPaced: false)
  }

  func closed() {
    api.pacer.remove(self)
    let ticket = state.withLock { state in
      state.isFinished = true
      state.rest = []
      return state.ticket
    }
    if let ticket { api.broker.watchers.remove(ticket) }
    api.outputFollowers.end()
    api.streamCounts.release(caller)
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    let now = api.broker.ports.now()
    let (pull, mustLook): (StreamPull, Bool) = state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      if count == 0, !state.isFinished, let form, isHeartbeatDue(state, now) {
        state.rest = Self.bookmark(state.position, form)
        unsafe state.rest.move(into: buffer, &count)
      }
      if count > 0 { state.lastWrite = now }
      // The next piece is read while this one is sent.
      let mustLook = state.rest.count < Self.pieceBytes / 2 && !state.isLooking && !state.isFinished
      if mustLook { state.isLooking = true }
      if count > 0 { return (.wrote(count), mustLook) }
      return (state.isFinished ? .finished : .nothingYet, mustLook)
    }
    if mustLook { lookSoon() }
    return pull
  }

  private func isHeartbeatDue(_ state: borrowing State, _ now: Timestamp) -> Bool {
    now.since(state.lastWrite).microseconds >= EventStream.heartbeatMicroseconds
  }

  private static func bookmark(_ position: OutputPosition, _ form: EventStream.Form) -> ArraySlice<UInt8> {
    switch form {
    case .lines: Array("{\"bookmark\":\"\(position.text)\"}\n".utf8)[...]
    case .serverSentEvents: Array("id: \(position.text)\nevent: bookmark\ndata: {}\n\n".utf8)[...]
    }
  }

  // MARK: Time and the job's events

  func wake() { state.withLock { $0.waker }?.wake() }

  func tend(at now: Timestamp) {
    let isValid = api.signIn.isStillValid(caller)
    let mustWake = state.withLock { state in
      if !isValid, !state.isFinished {
        state.isFinished = true
        if form == .serverSentEvents { state.rest += Array("event: auth-expired\ndata: {}\n\n".utf8) }
        if form == .lines { state.rest += Array("{\"auth-expired\":{}}\n".utf8) }
      }
      return !isValid || form != nil && isHeartbeatDue(state, now)
    }
    if mustWake { wake() }
  }

  /// Something happened to the job: a pause ends, since what was awaited may be there.
  private func disturb() {
    let mustLook = state.withLock { state in
      state.isDisturbed = true
      defer { state.isResting = false }
      if state.isResting { state.round += 1 }
      return state.isResting
    }
    if mustLook { lookSoon() }
  }

  // MARK: Looking

  private func lookSoon() {
    let isTaken = api.readers.submit { [self] in look() }
    // The readers are busy: a moment later they may not be.
    if !isTaken { rest(milliseconds: OutputFollowers.shortestMilliseconds) }
  }

  private func rest(milliseconds: Int) {
    let round = state.withLock { state in
      state.isResting = true
      return state.round
    }
    api.deadlines.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
      self?.endRest(round)
    }
  }

  private func endRest(_ round: Int) {
    let mustLook = state.withLock { state in
      guard state.isResting, state.round == round, !state.isFinished else { return false }
      state.isResting = false
      state.round += 1
      return true
    }
    if mustLook { lookSoon() }
  }

  /// The job's end is looked at before its output: nothing is written after it.
  private func look() {
    let (reader, isOver) = state.withLock { state in
      state.isDisturbed = false
      return (state.reader, state.isFinished)
    }
    if isOver { return }
    let latest = latestAttempt()
    let runs = reader.next(limit: Self.pieceBytes)
    let now = api.broker.ports.now()
    let (waker, pause): (StreamWaker?, Int?) = state.withLock { state in
      if state.isFinished { return (nil, nil) }
      begin(&state, now)
      for run in runs { put(run, now, &state) }
      if runs.isEmpty, state.position.attempt < latest.attempt, goesOn {
        state.position = OutputPosition(attempt: state.position.attempt + 1)
        state.reader = api.configuration.outputs.reader(
          job.id, attempt: state.position.attempt, wish.request(job, [:]))
        return (state.waker, OutputFollowers.shortestMilliseconds)
      }
      let isComplete = latest.isEnded || state.position.attempt < latest.attempt
      if runs.isEmpty, isComplete || !wish.follows {
        if isComplete { finish(now, &state) }
        state.isFinished = true
      }
      if !runs.isEmpty || state.isFinished {
        state.isLooking = false
        state.pause = OutputFollowers.shortestMilliseconds
        return (state.waker, nil)
      }
      state.pause = state.isDisturbed ? 1 : api.outputFollowers.milliseconds(after: state.pause)
      return (state.rest.isEmpty ? nil : state.waker, state.pause)
    }
    waker?.wake()
    if let pause { rest(milliseconds: pause) }
  }

  /// Entries tell of every attempt; bytes are one's.
  private var goesOn: Bool { form != nil && wish.attempt == nil }

  /// The attempt that is current, and whether none follows.
  private func latestAttempt() -> (attempt: UInt32, isEnded: Bool) {
    if job.phase == .ended { return (job.attempt, true) }
    if let active = api.broker.withSnapshot({ $0.jobs[job.id] }) { return (active.attempt, active.phase == .ended) }
    // A failing archive shows as a stream that does not end yet; the next look asks again.
    guard let ended = try? api.broker.ports.archive.endedJob(job.id) else { return (job.attempt, false) }
    return (ended.attempt, true)
  }

  // MARK: Entries

  private func begin(_ state: inout State, _ now: Timestamp) {
    guard !state.hasBegun, let form else { return }
    state.hasBegun = true
    state.rest += OutputRendering.header(job, at: now, state.position, form)
    for stream in wish.streams {
      guard let file = job.outputFile(stream) else { continue }
      state.rest += OutputRendering.redirect(stream, to: file, at: now, state.position, form)
    }
  }

  private func put(_ run: OutputRun, _ now: Timestamp, _ state: inout State) {
    guard let form else {
      state.position[run.stream] += UInt64(run.bytes.count)
      state.rest = state.rest.isEmpty ? run.bytes[...] : state.rest + run.bytes
      return
    }
    var bytes = run.bytes[...]
    while !bytes.isEmpty {
      let piece = OutputRun(stream: run.stream, rank: run.rank, bytes: Array(Self.entry(of: bytes)))
      bytes = bytes.dropFirst(piece.bytes.count)
      state.position[run.stream] += UInt64(piece.bytes.count)
      state.rest += OutputRendering.data(piece, at: now, state.position, form)
    }
  }

  /// As much as an entry takes, and no part of a character where that can be helped.
  private static func entry(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard bytes.count > OutputRendering.entryBytes else { return bytes }
    let whole = bytes.prefix(OutputRendering.entryBytes)
    // Bytes 10xxxxxx go on with a character; it has three of them at most.
    let next = bytes[whole.endIndex...]
    guard let first = next.first, first & 0xC0 == 0x80,
      let start = whole.suffix(3).lastIndex(where: { $0 & 0xC0 == 0xC0 }), start > whole.startIndex
    else { return whole }
    return whole[..<start]
  }

  private func finish(_ now: Timestamp, _ state: inout State) {
    guard let form else { return }
    for stream in wish.streams where job.outputFile(stream) == nil {
      state.rest += OutputRendering.end(of: stream, at: now, state.position, form)
    }
    if form == .serverSentEvents { state.rest += Array("event: end\ndata: {}\n\n".utf8) }
  }
}

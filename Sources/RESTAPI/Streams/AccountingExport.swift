import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Synchronization
import Vocabulary

/// All jobs that match, newest first, as lines for accounting: page by page, as fast as the client takes them.
final class AccountingExport: StreamSource {
  /// Said where reading had to stop: an export must not look complete when it is not.
  private static let incomplete = Array("# incomplete: the archive cannot be read right now\r\n".utf8)
  private static let expired = Array("# incomplete: the token is no longer valid\r\n".utf8)

  private struct State {
    var rest: ArraySlice<UInt8> = AccountingRow.header[...]
    var before: JobID?
    var left: Int
    var isReading = false
    var isFinished = false
    var waker: StreamWaker?
  }

  private let api: API
  private let caller: Caller
  private let filter: JobFilter
  private let state: Mutex<State>

  /// - Parameter limit: of lines.
  init(api: API, caller: Caller, filter: JobFilter, limit: Int) {
    self.api = api
    self.caller = caller
    self.filter = filter
    state = Mutex(State(left: limit))
  }

  func attach(_ waker: StreamWaker) { state.withLock { $0.waker = waker } }

  func closed() {
    state.withLock { $0.isFinished = true }
    api.streamCounts.release(caller)
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    let (pull, before): (StreamPull, JobID??) = state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      if count > 0 { return (.wrote(count), nil) }
      if state.isFinished { return (.finished, nil) }
      if state.isReading { return (.nothingYet, nil) }
      state.isReading = true
      return (.nothingYet, .some(state.before))
    }
    if let before { read(before) }
    return pull
  }

  private func read(_ before: JobID?) {
    guard api.signIn.isStillValid(caller) else { return take(Self.expired, 0, next: nil) }
    let limit = state.withLock { min($0.left, API.largestPage) }
    let isTaken = api.readers.submit { [self] in
      do throws(Problem) {
        let page = try api.page(filter, before: before, limit: limit, for: caller)
        let now = api.broker.ports.now()
        let graph = page.state.graph
        take(page.jobs.flatMap { AccountingRow.line($0, graph, now: now) }, page.jobs.count, next: page.next)
      } catch {
        take(Self.incomplete, 0, next: nil)
      }
    }
    if !isTaken { take(Self.incomplete, 0, next: nil) }
  }

  private func take(_ bytes: [UInt8], _ count: Int, next: JobID?) {
    let waker = state.withLock { state in
      state.rest = bytes[...]
      state.before = next
      state.left -= count
      state.isReading = false
      if next == nil || state.left <= 0 { state.isFinished = true }
      return state.waker
    }
    waker?.wake()
  }
}

import BrokerCore
import Foundation
import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import Execution

@Suite("Mock execution") struct MockTests {
  private func draft(_ job: UInt64, lasting span: TimeSpan) -> OrderDraft {
    var draft = OrderDraft()
    draft.id = AttemptID(job: JobID(job), attempt: 1)
    draft.mockDuration = span
    return draft
  }

  private let wall = Timestamp(microseconds: 1_000_000_000)
  private let clock = MonotonicTime(microseconds: 50_000_000)

  @Test("starts and ends an attempt of no length in one batch")
  func immediate() {
    var attempts = MockAttempts()
    var reports: [ExecutionReport] = []
    let draft = draft(1, lasting: .zero)
    attempts.carryOut(.start(draft.order), wall, clock, &reports)
    attempts.carryOut(.start(draft.order), wall, clock, &reports)
    let end = AttemptEnd(cause: .exited, waitStatus: 0, cpuTime: .zero, peakMemoryKiB: 0)
    #expect(reports == [.started(draft.id, at: wall), .ended(draft.id, at: wall, end)])
  }

  @Test("goes on from when the attempt was started")
  func resumed() {
    var attempts = MockAttempts()
    var reports: [ExecutionReport] = []
    var draft = draft(1, lasting: .seconds(100))
    draft.startedAt = Timestamp(microseconds: wall.microseconds - 60_000_000)
    attempts.carryOut(.start(draft.order), wall, clock, &reports)
    #expect(attempts.nextDeadline == clock.advanced(by: .seconds(40)))
    attempts.endDue(wall, clock.advanced(by: .milliseconds(39_999)), &reports)
    #expect(reports.count == 1)
    attempts.endDue(wall, clock.advanced(by: .seconds(40)), &reports)
    #expect(reports.count == 2)
  }

  @Test("ends early by an order, a signal or the time limit, and once only")
  func early() throws {
    var attempts = MockAttempts()
    var reports: [ExecutionReport] = []
    var limited = draft(3, lasting: .seconds(100))
    limited.timeLimit = .seconds(1)
    for order in [draft(1, lasting: .seconds(9)), draft(2, lasting: .seconds(9)), limited] {
      attempts.carryOut(.start(order.order), wall, clock, &reports)
    }
    reports = []
    let ids = (1...3).map { AttemptID(job: JobID($0), attempt: 1) }
    attempts.carryOut(.terminate(ids[0], grace: .zero), wall, clock, &reports)
    attempts.carryOut(.signal(ids[1], signal: SIGCONT), wall, clock, &reports)
    attempts.carryOut(.signal(ids[1], signal: SIGKILL), wall, clock, &reports)
    attempts.endDue(wall, clock.advanced(by: .seconds(1_000)), &reports)
    let ends = reports.compactMap {
      if case .ended(let id, _, let end) = $0 { (id, end.cause, end.waitStatus) } else { nil }
    }
    try #require(ends.count == 3)
    #expect(ends[0] == (ids[0], .terminated, SIGTERM))
    #expect(ends[1] == (ids[1], .exited, SIGKILL))
    #expect(ends[2] == (ids[2], .timeLimit, SIGTERM))
  }

  @Test("joins, and carries out many attempts a second through its thread")
  func rate() throws {
    let ended = Atomic<Int>(0)
    let joined = Atomic<Int>(0)
    let mock = MockExecution(joins: true) { reports in
      for report in reports {
        if case .ended = report { ended.add(1, ordering: .relaxed) }
        if case .joined = report { joined.add(1, ordering: .relaxed) }
      }
    }
    mock.start()
    defer { mock.stop() }
    let count = 100_000
    let began = MonotonicTime.now
    for base in stride(from: 0, to: count, by: 1_000) {
      mock.carryOut((base..<base + 1_000).map { .start(draft(UInt64($0), lasting: .zero).order) })
    }
    try waitUntil("all ends") { ended.load(ordering: .relaxed) == count }
    let seconds = Double(MonotonicTime.now.microseconds - began.microseconds) / 1e6
    print("mock execution: \(Int(Double(count) / seconds)) attempts/s")
    #expect(joined.load(ordering: .relaxed) == 1)
  }

  @Test("is chosen by the router for mock attempts alone, until their end is acknowledged")
  func router() {
    final class Port: ExecutionPort {
      let orders = Mutex<[ExecutionOrder]>([])
      func carryOut(_ orders: [ExecutionOrder]) { self.orders.withLock { $0 += orders } }
    }
    let (mock, shepherd) = (Port(), Port())
    let router = ExecutionRouter(mock: mock, shepherd: shepherd)
    let real = OrderDraft()
    let mocked = draft(1 << 40, lasting: .zero)
    let forMock: [ExecutionOrder] = [
      .start(mocked.order), .signal(mocked.id, signal: 1), .acknowledge(mocked.id, .started),
      .acknowledge(mocked.id, .ended),
    ]
    let forShepherd: [ExecutionOrder] = [
      .start(real.order), .terminate(real.id, grace: .zero), .acknowledge(real.id, .ended),
    ]
    router.carryOut([forMock[0], forShepherd[0], forMock[1], forShepherd[1]])
    router.carryOut([forMock[2], forMock[3], forShepherd[2], .terminate(mocked.id, grace: .zero)])
    #expect(mock.orders.withLock { $0 } == forMock)
    #expect(shepherd.orders.withLock { $0 } == forShepherd + [.terminate(mocked.id, grace: .zero)])
  }
}

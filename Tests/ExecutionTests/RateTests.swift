import BrokerCore
import Execution
import Foundation
import Glibc
import Synchronization
import Testing
import Vocabulary

/// The spawn path is not the bottleneck: measured against the bare system in the same run.
@Suite("The rate of attempts", .serialized) struct RateTests {
  @Test("of /bin/true comes near a bare posix_spawn loop")
  func rate() throws {
    let count = Int(ProcessInfo.processInfo.environment["SLUICE_RATE_COUNT"] ?? "500")!
    var (bare, ours): (Double, Double) = (0, 0)
    // In turns, so that what else the machine does hits both.
    for _ in 0..<2 {
      bare += bareRate(count / 2, inFlight: 2) / 2
      ours += try shepherdRate(count / 2, inFlight: 16) / 2
    }
    print("bare \(Int(bare))/s, shepherd \(Int(ours))/s, ratio \(ours / bare)")
    // The goal of 0.9 is for an optimised build on a quiet machine; this catches a lost order of magnitude.
    #expect(ours / bare > 0.2)
  }

  private func bareRate(_ count: Int, inFlight: Int) -> Double {
    let began = Date()
    var running: [pid_t] = []
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    defer { free(arguments[0]) }
    for _ in 0..<count {
      if running.count == inFlight { waitpid(running.removeFirst(), nil, 0) }
      var pid: pid_t = 0
      posix_spawn(&pid, "/bin/true", nil, nil, &arguments, environ)
      running.append(pid)
    }
    for pid in running { waitpid(pid, nil, 0) }
    return Double(count) / Date().timeIntervalSince(began)
  }

  private func shepherdRate(_ count: Int, inFlight: Int) throws -> Double {
    let shepherd = try ShepherdHarness()
    _ = try shepherd.recorder.joined(1)
    let drafts = (0..<count).map { _ in OrderDraft(command: ["/bin/true"], directory: "/") }
    let window = Window(drafts.map(\.order))
    shepherd.stopClient()
    let client = shepherd.makeSecondClient { reports in window.take(reports) }
    window.client.withLock { $0 = client }
    client.start()
    defer {
      window.client.withLock { $0 = nil }
      client.stop()
      shepherd.replaceClient()
    }
    try waitUntil("the shepherd") { window.isJoined.load(ordering: .acquiring) }
    let began = Date()
    client.carryOut(window.next(inFlight))
    try waitUntil("all ends", seconds: 60) { window.ended.load(ordering: .relaxed) == count }
    return Double(count) / Date().timeIntervalSince(began)
  }

  /// Keeps a fixed number of attempts in flight, as a broker with that many cores would.
  private final class Window: Sendable {
    let client = Mutex<ShepherdClient?>(nil)
    let isJoined = Atomic<Bool>(false)
    let ended = Atomic<Int>(0)
    private let orders: Mutex<[StartOrder]>

    init(_ orders: [StartOrder]) { self.orders = Mutex(orders.reversed()) }

    func next(_ count: Int) -> [ExecutionOrder] {
      orders.withLock { orders in (0..<count).compactMap { _ in orders.popLast().map { .start($0) } } }
    }

    func take(_ reports: [ExecutionReport]) {
      var replies: [ExecutionOrder] = []
      for report in reports {
        switch report {
        case .joined(let incarnation, _):
          client.withLock { $0 }?.admit(incarnation: incarnation)
          isJoined.store(true, ordering: .releasing)
        case .started(let id, _): replies.append(.acknowledge(id, .started))
        case .ended(let id, _, let end):
          precondition(end.cause == .exited && end.waitStatus == 0)
          replies.append(.acknowledge(id, .ended))
          replies += next(1)
          ended.add(1, ordering: .relaxed)
        }
      }
      client.withLock { $0 }?.carryOut(replies)
    }
  }
}

import BrokerCore
import Execution
import Foundation
import Synchronization
import Vocabulary

/// Keeps every report, and waits for the ones that a test expects.
final class ReportRecorder: Sendable {
  private let reports = Mutex<[ExecutionReport]>([])
  private let condition = NSCondition()
  private let client = Mutex<ShepherdClient?>(nil)

  /// The client whose joins count as durable at once, as a broker would tell it after its commit.
  func admits(_ client: ShepherdClient?) { self.client.withLock { $0 = client } }

  var sink: ExecutionReportSink {
    { batch in
      for case .joined(let incarnation, _) in batch {
        self.client.withLock { $0 }?.admit(incarnation: incarnation)
      }
      self.reports.withLock { $0.append(contentsOf: batch) }
      self.condition.lock()
      self.condition.broadcast()
      self.condition.unlock()
    }
  }

  var all: [ExecutionReport] { reports.withLock { $0 } }

  func wait<Value>(_ what: String, seconds: Double = 20, _ find: ([ExecutionReport]) -> Value?) throws
    -> Value
  {
    let deadline = Date().addingTimeInterval(seconds)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value = find(all) { return value }
      if !condition.wait(until: deadline) { throw TestTimeout(what: "\(what) in \(all.suffix(20))") }
    }
  }

  func end(of id: AttemptID, seconds: Double = 20) throws -> AttemptEnd {
    try wait("the end of \(id)", seconds: seconds) { reports in
      for case .ended(id, _, let end) in reports { return end }
      return nil
    }
  }

  func started(_ id: AttemptID) throws {
    try wait("the start of \(id)") { reports in
      for case .started(id, _) in reports { return () }
      return nil
    }
  }

  /// The n-th `joined`, from 1.
  func joined(_ count: Int) throws -> (incarnation: UInt64, known: [AttemptID]) {
    try wait("joined \(count)") { reports in
      var seen = 0
      for case .joined(let incarnation, let known) in reports {
        seen += 1
        if seen == count { return (incarnation, known) }
      }
      return nil
    }
  }

  func count(where matches: (ExecutionReport) -> Bool) -> Int { all.count { matches($0) } }
}

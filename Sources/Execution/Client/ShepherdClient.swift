public import BrokerCore
import Glibc
import Synchronization

/// The broker's side of the execution port: finds its host's shepherd, or starts one.
///
/// One thread of its own. While no shepherd is connected, and until its join is durable, orders are dropped: the
/// join makes the core emit again what is owed, so a queue here would only repeat it, or worse.
public final class ShepherdClient: ExecutionPort, InputPort {
  /// What may wait to be sent when a piece of input is taken: several pieces, and far from what ends a connection.
  private static let inputBytes = 8 << 20

  private let configuration: ShepherdClientConfiguration
  private let sink: ExecutionReportSink
  private let pipe = WakePipe()
  private let shared = Mutex(Shared())
  private let thread = Mutex<WorkerThread?>(nil)

  private struct Shared {
    /// What the shepherd at the other end called itself; `nil` before it joined and when none is connected.
    var joined: UInt64?
    /// Its join is durable: it may be given orders.
    var isAdmitted = false
    var isStopping = false
    var unsent: [UInt8] = []
    /// More waited than may; the connection is given up so that everything owed is emitted again.
    var isOverfull = false
    /// Who waits for the answer to a piece of input, by its number.
    var askers: [UInt64: @Sendable (InputAnswer) -> Void] = [:]
    var lastNumber: UInt64 = 0
  }

  /// - Parameter sink: gets every report, in batches, on the client's own thread.
  public init(_ configuration: ShepherdClientConfiguration, sink: @escaping ExecutionReportSink) {
    self.configuration = configuration
    self.sink = sink
  }

  /// Begins to look for the shepherd. Called once.
  public func start() {
    thread.withLock { $0 = WorkerThread { self.run() } }
  }

  /// Leaves the shepherd; it and its tasks live on. Returns when the last report was handed over.
  public func stop() {
    shared.withLock { $0.isStopping = true }
    pipe.wake()
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  public func admit(incarnation: UInt64) {
    shared.withLock { shared in
      // A join that became durable after its shepherd died admits nobody.
      if shared.joined == incarnation { shared.isAdmitted = true }
    }
  }

  public func carryOut(_ orders: [ExecutionOrder]) {
    var writer = ByteWriter()
    for order in orders {
      if case .start(let start) = order {
        let access = JobAccess(uri: configuration.brokerURI, token: configuration.jobToken(start.id))
        BrokerMessage.start(start, access).write(to: &writer)
      } else {
        BrokerMessage.order(order).write(to: &writer)
      }
    }
    post(writer.bytes) { $0.isAdmitted }
  }

  /// Asks the shepherd to end: as soon as it has no attempts, or after ending all of them. It is not started again
  /// by itself; stop the client first if it shall stay away.
  public func retireShepherd(endingAll: Bool) {
    var writer = ByteWriter()
    BrokerMessage.retire(endingAll: endingAll).write(to: &writer)
    post(writer.bytes) { $0.joined != nil }
  }

  private func post(_ bytes: [UInt8], if isWanted: (Shared) -> Bool) {
    let mustWake = shared.withLock { shared in
      guard isWanted(shared), !shared.isOverfull else { return false }
      let wasEmpty = shared.unsent.isEmpty
      if shared.unsent.count + bytes.count > WireLimits.unsentBytes {
        shared.isOverfull = true
      } else {
        shared.unsent.append(contentsOf: bytes)
      }
      return wasEmpty || shared.isOverfull
    }
    if mustWake { pipe.wake() }
  }

  /// Answered with `unavailable` where the connection is lost first.
  public func give(_ input: AttemptInput, answer: @escaping @Sendable (InputAnswer) -> Void) {
    let isTaken = shared.withLock { shared in
      guard shared.isAdmitted, !shared.isOverfull, shared.unsent.count + input.bytes.count <= Self.inputBytes
      else { return false }
      shared.lastNumber += 1
      shared.askers[shared.lastNumber] = answer
      var writer = ByteWriter()
      BrokerMessage.input(number: shared.lastNumber, input).write(to: &writer)
      shared.unsent.append(contentsOf: writer.bytes)
      return true
    }
    if isTaken { pipe.wake() } else { answer(.unavailable) }
  }

  /// The connection is gone, and with it every answer that has not come.
  private func leaveAskers() {
    let askers = shared.withLock { shared in
      defer { shared.askers = [:] }
      return shared.askers
    }
    for (_, answer) in askers.sorted(by: { $0.key < $1.key }) { answer(.unavailable) }
  }

  // MARK: The client's thread

  private func run() {
    var starter = ShepherdStarter(configuration)
    while !shared.withLock({ $0.isStopping }) {
      if let connection = starter.connect(
        pausing: pipe, isStopping: { self.shared.withLock { $0.isStopping } })
      {
        serve(connection)
      }
      starter.reap()
    }
  }

  private func serve(_ connection: FramedConnection) {
    var hello = ByteWriter()
    BrokerMessage.hello(version: wireVersion).write(to: &hello)
    connection.enqueue(hello.bytes)
    shared.withLock { shared in
      shared.isOverfull = false
      shared.unsent = []
    }
    defer { leaveAskers() }
    var isGreeted = false
    while sendPosted(connection) {
      var watched = [
        pollfd(
          fd: connection.descriptor, events: Int16(POLLIN | (connection.hasUnsent ? POLLOUT : 0)), revents: 0),
        pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      unsafe _ = poll(&watched, 2, -1)
      if watched[1].revents != 0 { pipe.drain() }
      if watched[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
        guard takeReports(connection, &isGreeted) else { break }
      }
    }
    shared.withLock { shared in
      shared.joined = nil
      shared.isAdmitted = false
    }
    // A refused greeting must not become a busy loop.
    if !isGreeted { pipe.wait(milliseconds: 100) }
  }

  /// - Returns: whether the connection goes on.
  private func sendPosted(_ connection: FramedConnection) -> Bool {
    let (posted, isLast) = shared.withLock { shared in
      defer { shared.unsent = [] }
      return (shared.unsent, shared.isStopping || shared.isOverfull)
    }
    if !posted.isEmpty { connection.enqueue(posted) }
    guard connection.flush() == .open, connection.unsentCount <= WireLimits.unsentBytes else { return false }
    return !isLast
  }

  private func takeReports(_ connection: FramedConnection, _ isGreeted: inout Bool) -> Bool {
    let state = connection.receive()
    var reports: [ExecutionReport] = []
    var isSound = true
    do throws(ProtocolError) {
      while let frame = try connection.nextFrame() {
        switch try ShepherdMessage(frame: frame) {
        case .hello(let version):
          guard version == wireVersion else { throw ProtocolError(reason: "version \(version)") }
          isGreeted = true
        case .report(let report):
          guard isGreeted else { throw ProtocolError(reason: "a report before hello") }
          reports.append(report)
        case .input(let number, let answer):
          // Answered without the lock: whoever asked may ask again at once.
          shared.withLock { $0.askers.removeValue(forKey: number) }?(answer)
        }
      }
    } catch {
      isSound = false
    }
    for case .joined(let incarnation, _) in reports { shared.withLock { $0.joined = incarnation } }
    if !reports.isEmpty { sink(reports) }
    return isSound && state == .open
  }
}

public import BrokerCore
public import KeyValues
public import Logging
import Persistent
public import Vocabulary
import Synchronization

/// A broker in this process: the door of the room.
///
/// Commands go in, answers come out once they are durable; readers look at the last committed state; streams
/// read the ring. Inside are four threads: the loop decides and folds, the committer makes durable and then
/// lets the world know, the planner finds resources for waiting jobs, the janitor lets go of replaced states.
public final class Broker: Sendable {
  /// What the broker needs from outside.
  public struct Ports: Sendable {
    public let journal: any JournalPort
    public let archive: any ArchivePort
    public let encode: EventEncoder
    /// SHA-256.
    public let digest: DigestFunction
    /// Wall clock.
    public let now: @Sendable () -> Timestamp
    /// Called when the process can no longer promise anything: it must end at once, without answering.
    public let onFatal: @Sendable (String) -> Never
    /// Called on the committer's thread after each commit; for snapshots. Must not block.
    public let onCommit: @Sendable (_ records: Int, BrokerState) -> Void

    public init(
      journal: any JournalPort, archive: any ArchivePort, encode: @escaping EventEncoder,
      digest: @escaping DigestFunction, now: @escaping @Sendable () -> Timestamp,
      onFatal: @escaping @Sendable (String) -> Never,
      onCommit: @escaping @Sendable (_ records: Int, BrokerState) -> Void
    ) {
      self.journal = journal
      self.archive = archive
      self.encode = encode
      self.digest = digest
      self.now = now
      self.onFatal = onFatal
      self.onCommit = onCommit
    }
  }

  public let ports: Ports
  public let events: EventRing
  public let watchers = Watchers()
  public let counters = Counters()
  public let graphs = GraphHistory()
  public let outlooks = Outlooks()
  let inbox = Inbox()
  let committed: Mutex<BrokerState>
  let planBell = Bell()
  let logger: Logger
  private let execution = Mutex<(any ExecutionPort)?>(nil)
  private let threads = Mutex<[WorkerThread]>([])
  let isStopping = Atomic<Bool>(false)
  let handover = Handover()
  let janitor = Janitor()

  /// - Parameter state: what the journal restored.
  public init(state: BrokerState, ports: Ports, logger: Logger) {
    self.ports = ports
    self.logger = logger
    var state = state
    state.seal(using: ports.digest)
    committed = Mutex(state)
    events = EventRing(nextSeq: state.nextSeq)
    graphs.note(state.graph, from: state.nextSeq - 1, at: ports.now())
  }

  /// The last committed state: a value, so a reader's own for as long as it likes.
  public var snapshot: BrokerState { committed.withLock { $0 } }

  /// Looks at the last committed state without taking a copy: for one quick look-up.
  public func withSnapshot<Result: Sendable>(_ body: (borrowing BrokerState) -> Result) -> Result {
    committed.withLock { body($0) }
  }

  /// Begins to work.
  /// - Parameters:
  ///   - incarnation: new for every process.
  ///   - execution: what runs attempts; its reports go to `report`.
  public func start(incarnation: UInt64, version: String, execution port: any ExecutionPort) {
    execution.withLock { $0 = port }
    post(.brokerStarted(incarnation: incarnation, version: version))
    let loop = Loop(broker: self, state: snapshot)
    threads.withLock { threads in
      threads = [
        WorkerThread("loop") { loop.run() },
        WorkerThread("commit") { Committer(broker: self).run() },
        WorkerThread("plan") { Planner(broker: self).run() },
        WorkerThread("janitor") { [janitor] in janitor.run() },
      ]
    }
  }

  /// Takes a command from a caller; `then` is called once, from another thread.
  /// - Returns: why it was not taken, in which case `then` is never called.
  public func send(
    _ command: Command, by attribution: Attribution, then: @escaping @Sendable (Outcome) -> Void
  ) -> Unavailability? {
    inbox.admit(Entry(command: command, attribution: attribution, complete: then))
  }

  /// Takes in what the broker's own parts have to say.
  public func post(_ command: Command, then: (@Sendable (Outcome) -> Void)? = nil) {
    inbox.post([Entry(command: command, attribution: .broker, complete: then)])
  }

  /// Takes in reports; each is acknowledged to the execution once it is durable.
  public func report(_ reports: [ExecutionReport]) {
    inbox.post(
      reports.map { report in
        Entry(command: .report(report), attribution: .broker) { [weak self] outcome in
          guard case .answered = outcome else { return }
          self?.acknowledge(report)
        }
      })
  }

  private func acknowledge(_ report: ExecutionReport) {
    switch report {
    case .started(let id, _): carryOut([.acknowledge(id, .started)])
    case .ended(let id, _, _): carryOut([.acknowledge(id, .ended)])
    case .joined: break
    }
  }

  func carryOut(_ orders: [ExecutionOrder]) {
    guard !orders.isEmpty else { return }
    execution.withLock { $0 }?.carryOut(orders)
  }

  func admit(_ incarnation: UInt64) { execution.withLock { $0 }?.admit(incarnation: incarnation) }

  /// Ends admission, answers what is inside, and returns when the last batch is durable.
  public func stop() {
    inbox.close()
    isStopping.store(true, ordering: .releasing)
    inbox.bell.ring()
    planBell.ring()
    janitor.stop()
    for thread in threads.withLock({ $0 }) { thread.join() }
  }
}

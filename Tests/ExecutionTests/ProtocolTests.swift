import BrokerCore
import Jobs
import Testing
import Vocabulary

@testable import Execution

@Suite("The wire protocol") struct ProtocolTests {
  private static var fullOrder: StartOrder {
    var draft = OrderDraft(command: ["a", "", "ü\n"], directory: "/d")
    draft.tasks = [TaskPlacement(node: 1, localID: 2, cpus: [0, 70], gpus: [3])]
    draft.timeLimit = .seconds(3)
    draft.memoryLimit = .max
    draft.umask = 0o22
    draft.limits = [ResourceLimit(name: "nofile", value: .max)]
    draft.input = "i"
    draft.output = "o"
    draft.error = "e"
    draft.mockDuration = .zero
    draft.startedAt = Timestamp(microseconds: .min)
    draft.shell.offersPMI = false
    draft.shell.exitTimeout = nil
    draft.shell.exitsOnError = true
    draft.shell.warning = WarningSignal(signal: 10, before: .seconds(60))
    draft.shell.input = .everyTask
    draft.shell.hosts = ["a", "b"]
    return draft.order
  }

  private static let id = AttemptID(job: JobID(.max), attempt: 1 << 28 - 1, stage: .housekeeping)

  private static var messages: [BrokerMessage] {
    [
      .hello(version: 1), .start(fullOrder, JobAccess(uri: "https://a:1", token: "t")),
      .start(OrderDraft().order, JobAccess()),
      .order(.signal(id, signal: -1)), .order(.terminate(id, grace: .seconds(-1))),
      .order(.acknowledge(id, .started)), .order(.acknowledge(id, .ended)), .retire(endingAll: true),
      .input(number: 5, AttemptInput(id: id, position: 7, bytes: [0, 255, 10], isLast: true)),
    ]
  }

  @Test("carries every message of a broker unchanged")
  func orders() throws {
    for message in Self.messages {
      var writer = ByteWriter()
      message.write(to: &writer)
      #expect(try BrokerMessage(frame: writer.bytes.dropFirst(4)) == message)
    }
  }

  @Test("carries every message of a shepherd unchanged")
  func reports() throws {
    let causes: [AttemptEnd.Cause] = [
      .exited, .timeLimit, .terminated, .outOfMemory, .notStarted("cwd: ENOENT"),
      .aborted(rank: 3, exitCode: -1, message: "no"), .taskFailed(rank: 2, waitStatus: 11),
    ]
    let answers: [InputAnswer] = [
      .taken(next: .max, room: 9), .full(next: 1, room: 0), .gap(next: 4), .closed, .unknown, .unavailable,
    ]
    var messages: [ShepherdMessage] = [
      .hello(version: 1), .report(.joined(incarnation: .max, known: [Self.id, Self.id])),
      .report(.started(Self.id, at: Timestamp(microseconds: -5))),
    ]
    messages += causes.map {
      let end = AttemptEnd(cause: $0, waitStatus: 9, cpuTime: .seconds(1), peakMemoryKiB: 77)
      return .report(.ended(Self.id, at: Timestamp(microseconds: 5), end))
    }
    messages += answers.map { .input(number: 8, $0) }
    for message in messages {
      var writer = ByteWriter()
      message.write(to: &writer)
      #expect(try ShepherdMessage(frame: writer.bytes.dropFirst(4)) == message)
    }
  }

  @Test("refuses every message that was cut short or has a byte too many, and survives every flipped byte")
  func damage() {
    for message in Self.messages {
      var writer = ByteWriter()
      message.write(to: &writer)
      let frame = Array(writer.bytes.dropFirst(4))
      for length in 0..<frame.count {
        #expect(throws: ProtocolError.self) { try BrokerMessage(frame: frame[..<length]) }
      }
      #expect(throws: ProtocolError.self) { try BrokerMessage(frame: (frame + [0])[...]) }
      for index in frame.indices {
        for bit in 0..<8 {
          var damaged = frame
          damaged[index] ^= 1 << UInt8(bit)
          _ = try? BrokerMessage(frame: damaged[...])
        }
      }
    }
  }
}

@Suite("A timer heap") struct TimerHeapTests {
  @Test("gives deadlines in order, whatever the order they came in")
  func order() {
    var random = SystemRandomNumberGenerator()
    var heap = TimerHeap<Int>()
    let deadlines = (0..<500).map { _ in Int64.random(in: 0..<200, using: &random) }
    for (index, deadline) in deadlines.enumerated() {
      heap.insert(index, at: MonotonicTime(microseconds: deadline))
    }
    heap.keep { deadline, _ in deadline.microseconds % 3 != 0 }
    var taken: [Int64] = []
    while let (deadline, key) = heap.popDue(at: MonotonicTime(microseconds: 150)) {
      #expect(deadlines[key] == deadline.microseconds)
      taken.append(deadline.microseconds)
    }
    #expect(taken == deadlines.filter { $0 % 3 != 0 && $0 <= 150 }.sorted())
  }
}

@Suite("Discovery") struct DiscoveryTests {
  @Test("finds the cores that this process may use, memory and a name")
  func host() throws {
    let host = try HostDiscovery.discover()
    let cpus = host.sockets.flatMap { $0.cores.flatMap(\.cpus) }
    #expect(cpus.sorted() == allowedCPUNumbers())
    #expect(Set(cpus).count == cpus.count)
    #expect(host.sockets.flatMap(\.cores).map(\.index) == Array(0..<host.coreCount))
    #expect(host.memoryBytes > 1 << 20)
    #expect(!host.hostname.isEmpty)
    print("host: \(host)")
  }
}

import BrokerCore
import Foundation
import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import Execution

@Suite("An input buffer") struct InputBufferTests {
  @Test("keeps what the slowest reader has not taken, and refuses what does not fit as a whole")
  func bounds() {
    var buffer = InputBuffer(readerCount: 2)
    let half = [UInt8](repeating: 7, count: InputBuffer.limit / 2)
    #expect(buffer.give(half[...], at: nil, isLast: false) == .taken)
    #expect(buffer.give(half[...], at: nil, isLast: false) == .taken)
    #expect(buffer.give([1], at: nil, isLast: false) == .full && buffer.room == 0)
    buffer.advance(0, by: half.count)
    #expect(buffer.give([1], at: nil, isLast: false) == .full)
    buffer.advance(1, by: 10)
    #expect(buffer.room == 10 && buffer.give([1], at: nil, isLast: true) == .taken)
    #expect(buffer.pending(0)?.count == half.count + 1)
    #expect(buffer.give([2], at: nil, isLast: false) == .closed)
  }

  @Test("takes a piece that is given again once, and no piece beyond a gap")
  func positions() {
    var buffer = InputBuffer(readerCount: 1)
    #expect(buffer.give([1, 2, 3], at: 0, isLast: false) == .taken)
    #expect(buffer.give([1, 2, 3], at: 0, isLast: false) == .taken && buffer.end == 3)
    #expect(buffer.give([3, 4], at: 2, isLast: false) == .taken && buffer.end == 4)
    #expect(buffer.give([9], at: 5, isLast: false) == .gap)
    #expect(buffer.pending(0).map(Array.init) == [1, 2, 3, 4])
    #expect(buffer.give([5], at: 4, isLast: true) == .taken)
    buffer.abandon(0)
    #expect(buffer.give([5], at: 4, isLast: true) == .taken)
    #expect(buffer.give([6], at: 5, isLast: true) == .closed)
  }
}

/// Input to running tasks, through a real shepherd.
@Suite("Streamed input") struct TaskInputTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  private func give(
    _ id: AttemptID, _ bytes: [UInt8], at position: UInt64? = nil, isLast: Bool = false
  ) throws -> InputAnswer {
    let answer = Mutex<InputAnswer?>(nil)
    shepherd.client.give(AttemptInput(id: id, position: position, bytes: bytes, isLast: isLast)) { given in
      answer.withLock { $0 = given }
    }
    try waitUntil("an answer") { answer.withLock { $0 != nil } }
    return answer.withLock { $0! }
  }

  @Test("reaches the first task, piece by piece, until its end")
  func first() throws {
    let id = try shepherd.start("cat; echo $FLUX_TASK_RANK done") {
      $0.shell.input = .firstTask
      $0.tasks = (0..<2).map { TaskPlacement(node: 0, localID: $0, cpus: [], gpus: []) }
    }
    // Before its task runs, what is given waits in the shepherd and takes up room.
    try shepherd.recorder.started(id)
    #expect(try give(id, Array("one\n".utf8)) == .taken(next: 4, room: InputBuffer.limit))
    #expect(try give(id, Array("two\n".utf8), isLast: true) == .taken(next: 8, room: InputBuffer.limit))
    #expect(try shepherd.recorder.end(of: id).waitStatus == 0)
    let lines = try #require(shepherd.output(id)).split(separator: "\n").sorted()
    #expect(lines == ["0 done", "1 done", "one", "two"])
  }

  @Test("reaches every task where that is asked for")
  func every() throws {
    let id = try shepherd.start("read x; echo $FLUX_TASK_RANK $x") {
      $0.shell.input = .everyTask
      $0.tasks = (0..<3).map { TaskPlacement(node: 0, localID: $0, cpus: [], gpus: []) }
    }
    guard case .taken = try give(id, Array("hi\n".utf8), isLast: true) else { return #expect(Bool(false)) }
    #expect(try shepherd.recorder.end(of: id).waitStatus == 0)
    #expect(try #require(shepherd.output(id)).split(separator: "\n").sorted() == ["0 hi", "1 hi", "2 hi"])
  }

  @Test("waits while a task does not read, and loses nothing")
  func pressure() throws {
    let id = try shepherd.start("while [ ! -e go ]; do sleep 0.01; done; wc -c") { $0.shell.input = .firstTask }
    let piece = [UInt8](repeating: 65, count: 256 << 10)
    var (given, wasFull) = (0, false)
    for _ in 0..<10 where !wasFull {
      switch try give(id, piece) {
      case .taken: given += piece.count
      case .full: wasFull = true
      case let answer: return #expect(Bool(false), "\(answer)")
      }
    }
    #expect(wasFull && given >= InputBuffer.limit)
    try "".write(toFile: shepherd.path("go"), atomically: true, encoding: .utf8)
    let isTaken = InputAnswer.taken(next: UInt64(given), room: InputBuffer.limit)
    try waitUntil("room") { (try? give(id, [])) == isTaken }
    #expect(try give(id, [], isLast: true) == isTaken)
    #expect(try shepherd.recorder.end(of: id).waitStatus == 0)
    #expect(shepherd.output(id)?.trimmingCharacters(in: .whitespacesAndNewlines) == "\(given)")
  }

  @Test("is refused by attempts that take none, that read no more, or that do not run")
  func refusals() throws {
    let none = try shepherd.start("sleep 60")
    try shepherd.recorder.started(none)
    #expect(try give(none, [1]) == .closed)
    shepherd.client.carryOut([.terminate(none, grace: .zero)])
    _ = try shepherd.recorder.end(of: none)
    #expect(try give(none, [1]) == .unknown)
    let deaf = try shepherd.start("exec 0<&-; echo up > up; sleep 60") { $0.shell.input = .firstTask }
    _ = try shepherd.line(in: "up")
    _ = try give(deaf, [1])
    #expect(try give(deaf, [1]) == .closed)
    shepherd.client.carryOut([.terminate(deaf, grace: .zero)])
    _ = try shepherd.recorder.end(of: deaf)
  }
}

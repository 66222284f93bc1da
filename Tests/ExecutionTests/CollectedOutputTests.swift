import BrokerCore
import Foundation
import Glibc
import Testing
import Vocabulary

@testable import Execution

/// Output of several tasks: who wrote what, and how much of it is kept.
@Suite("Collected output") struct CollectedOutputTests {
  let shepherd: ShepherdHarness

  init() throws { shepherd = try ShepherdHarness() }

  private func tasks(_ count: Int) -> [TaskPlacement] {
    (0..<count).map { TaskPlacement(node: $0 / 2, localID: $0 % 2, cpus: [], gpus: []) }
  }

  private func cursor(
    _ id: AttemptID, _ streams: [OutputStore.Stream] = [.output, .error], rank: Int? = nil, skipping: UInt64 = 0,
    limit: Int64 = .max
  ) -> OutputCursor {
    let skipped = Dictionary(uniqueKeysWithValues: streams.map { ($0, skipping) })
    return OutputCursor(
      OutputStore(stateDirectory: shepherd.directory), id,
      .init(streams: streams, rank: rank, skipped: skipped, limit: limit))
  }

  /// Everything, in pieces of a size that divides nothing.
  private func all(_ cursor: OutputCursor) -> String {
    var text = ""
    while case let runs = cursor.next(limit: 37), !runs.isEmpty {
      #expect(runs.reduce(0) { $0 + $1.bytes.count } <= 37 || runs.contains { $0.rank == nil })
      for run in runs { text += String(decoding: run.bytes, as: UTF8.self) }
    }
    return text
  }

  @Test("tells the tasks apart, and each task's own output is whole and in order")
  func ranks() throws {
    let script = "for i in $(seq 200); do echo $FLUX_TASK_RANK $i; done; echo $FLUX_TASK_RANK bad >&2"
    let (id, end) = try shepherd.run(script) { $0.tasks = tasks(3) }
    #expect(end.waitStatus == 0)
    for rank in 0..<3 {
      let expected = (1...200).map { "\(rank) \($0)\n" }.joined()
      #expect(all(cursor(id, [.output], rank: rank)) == expected)
      #expect(all(cursor(id, [.error], rank: rank)) == "\(rank) bad\n")
      #expect(all(cursor(id, [.output], rank: rank, skipping: 100)) == String(expected.dropFirst(100)))
    }
    #expect(all(cursor(id, [.output], rank: 7)).isEmpty)
    // The parts are the stream's file, byte by byte.
    #expect(all(cursor(id, [.output])) == shepherd.output(id))
    #expect(shepherd.output(id, .error)?.split(separator: "\n").count == 3)
  }

  @Test("keeps lines whole that tasks write in pieces, also the last one without an end")
  func wholeLines() throws {
    let pieces = "for c in a b c d; do printf $c; sleep 0.005; done; echo"
    let script = "for i in 1 2 3 4 5 6 7 8; do \(pieces); done; printf end"
    let (id, end) = try shepherd.run(script) { $0.tasks = tasks(4) }
    #expect(end.waitStatus == 0)
    let lines = try #require(shepherd.output(id)).split(separator: "\n")
    #expect(lines.dropLast().allSatisfy { $0 == "abcd" || $0.drop(while: { "end".contains($0) }) == "abcd" })
    for rank in 0..<4 {
      #expect(all(cursor(id, [.output], rank: rank)) == String(repeating: "abcd\n", count: 8) + "end")
    }
  }

  @Test("passes on at once what is not to be buffered, and lines that are too long to wait")
  func unbuffered() throws {
    for isLong in [false, true] {
      let begin = isLong ? "head -c \(CollectedOutput.longestWaitingLine + 1) /dev/zero | tr '\\0' x" : "printf x"
      let id = try shepherd.start("\(begin); while [ ! -e go\(isLong) ]; do sleep 0.01; done") {
        $0.tasks = tasks(2)
        $0.shell.buffersOutput = isLong
      }
      try waitUntil("the beginning of a line") { shepherd.output(id)?.hasPrefix("x") == true }
      try "".write(toFile: shepherd.path("go\(isLong)"), atomically: true, encoding: .utf8)
      #expect(try shepherd.recorder.end(of: id).waitStatus == 0)
    }
  }

  @Test("of many bytes from many tasks loses none")
  func volume() throws {
    let (id, end) = try shepherd.run("yes $FLUX_TASK_RANK | head -c 3000000") { $0.tasks = tasks(4) }
    #expect(end.waitStatus == 0)
    for rank in 0..<4 {
      let reader = cursor(id, [.output], rank: rank)
      var count = 0
      while case let runs = reader.next(limit: 1 << 20), !runs.isEmpty {
        for run in runs {
          #expect(run.rank == rank && run.bytes.allSatisfy { $0 == 10 || $0 == UInt8(48 + rank) })
          count += run.bytes.count
        }
      }
      #expect(count == 3_000_000)
    }
  }

  @Test("can be followed while tasks run")
  func following() throws {
    let script = "echo $FLUX_TASK_RANK one; while [ ! -e go ]; do sleep 0.01; done; echo $FLUX_TASK_RANK two"
    let id = try shepherd.start(script) { $0.tasks = tasks(2) }
    let reader = cursor(id, [.output], rank: 1)
    var text = ""
    func read() -> String {
      for run in reader.next(limit: 1_000) { text += String(decoding: run.bytes, as: UTF8.self) }
      return text
    }
    try waitUntil("the first line") { read() == "1 one\n" }
    #expect(reader.next(limit: 1_000).isEmpty)
    try "".write(toFile: shepherd.path("go"), atomically: true, encoding: .utf8)
    _ = try shepherd.recorder.end(of: id)
    #expect(read() == "1 one\n1 two\n")
  }

  @Test("of a process that outlives its task's leader is there until the attempt's end")
  func orphans() throws {
    let (id, _) = try shepherd.run("(sleep 0.3; echo late) & [ $FLUX_TASK_RANK = 0 ] && sleep 0.8; true") {
      $0.tasks = tasks(2)
    }
    #expect(all(cursor(id, [.output], rank: 0)) == "late\n")
  }

  @Test("that exceeds its limit is cut there and says so, for one task and for several", arguments: [1, 2])
  func limit(_ count: Int) throws {
    let (id, end) = try shepherd.run("seq 1 1000; seq 1 3 >&2") {
      $0.tasks = tasks(count)
      $0.shell.outputLimit = 100
    }
    #expect(end.waitStatus == 0)
    let marker = String(decoding: OutputCursor.marker(limit: 100), as: UTF8.self)
    let kept = all(cursor(id, [.output], limit: 100))
    #expect(kept.utf8.count == 100 + marker.utf8.count && kept.hasSuffix(marker))
    #expect(all(cursor(id, [.output], skipping: 104, limit: 100)) == String(marker.dropFirst(4)))
    #expect(all(cursor(id, [.error], limit: 100)) == String(repeating: "1\n2\n3\n", count: count))
    // One byte more than the limit stays on the disk, whatever was written.
    #expect(shepherd.output(id)?.utf8.count == 101)
  }

  @Test("goes to a file of each task where the path says so, and to one of each node")
  func files() throws {
    try "old\n".write(toFile: shepherd.path("node.1"), atomically: true, encoding: .utf8)
    let (_, end) = try shepherd.run("echo $FLUX_TASK_RANK; echo e$FLUX_TASK_RANK >&2") {
      $0.tasks = tasks(4)
      $0.output = "out.{{taskid}}.{{task.index}}"
      $0.error = "node.{{node.id}}"
    }
    #expect(end.waitStatus == 0)
    #expect((0..<4).map { shepherd.text("out.\($0).\($0 % 2)") } == ["0\n", "1\n", "2\n", "3\n"])
    #expect(shepherd.text("node.1")?.split(separator: "\n").sorted() == ["e2", "e3"])
  }

  @Test("is shared, and told apart by nobody, where descriptors are few")
  func budget() throws {
    let files = OutputFiles(OutputStore(stateDirectory: shepherd.directory))
    var taken = 0
    while files.reservePipes(16) { taken += 16 }
    #expect(taken > 0 && !files.reservePipes(16))
    files.releasePipes(16)
    #expect(files.reservePipes(16))
  }

  @Test("A part is what its eight bytes say, and never longer than they can")
  func parts() {
    let part = OutputPart(rank: 70_000, stream: .error, count: OutputPart.longest)
    #expect(part.bytes.count == OutputPart.byteCount && OutputPart(part.bytes[...]) == part)
    let one = OutputPart(rank: 1, stream: .output, count: 1)
    #expect(one.merged(with: one) == OutputPart(rank: 1, stream: .output, count: 2))
    #expect(one.merged(with: OutputPart(rank: 2, stream: .output, count: 1)) == nil)
    #expect(part.merged(with: OutputPart(rank: 70_000, stream: .error, count: 1)) == nil)
  }
}

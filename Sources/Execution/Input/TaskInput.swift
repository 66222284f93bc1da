import BrokerCore
import Glibc

/// The pipes through which the tasks of one attempt get a streamed input.
final class TaskInput {
  /// The ranks that get it; the others have the null device.
  private let readers: Range<Int>
  private var buffer: InputBuffer
  /// The shepherd's ends, by rank.
  private var pipes: [PipeEnd?]

  private final class PipeEnd {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  /// What the pipe of a task waits for.
  enum Wish {
    /// More input.
    case nothing
    /// That the task reads.
    case room
    /// Nothing more will be written to it.
    case done
  }

  init(_ input: StreamedInput, taskCount: Int) {
    readers = 0..<(input == .everyTask ? taskCount : min(1, taskCount))
    buffer = InputBuffer(readerCount: readers.count)
    pipes = Array(repeating: nil, count: readers.count)
  }

  var end: UInt64 { buffer.end }
  var room: Int { buffer.room }
  var ranks: Range<Int> { readers }

  /// The end from which a task reads, and the shepherd's end kept; `nil` for a task that gets none of it.
  func openPipe(for rank: Int) throws(SystemError) -> Descriptor? {
    guard readers.contains(rank) else { return nil }
    var ends: [Int32] = [-1, -1]
    if unsafe pipe(&ends) != 0 { throw .last }
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    // Nothing is started between these calls: the shepherd starts programs on this thread only.
    for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw .last }
    if fcntl(writing.number, F_SETFL, O_NONBLOCK) != 0 { throw .last }
    pipes[rank] = PipeEnd(writing)
    return reading
  }

  /// The shepherd's end for a task; `nil` before it has one and after it was closed.
  func descriptor(_ rank: Int) -> Int32? { pipes.indices.contains(rank) ? pipes[rank]?.descriptor.number : nil }

  func give(_ bytes: ArraySlice<UInt8>, at position: UInt64?, isLast: Bool) -> InputOutcome {
    buffer.give(bytes, at: position, isLast: isLast)
  }

  /// Writes what the pipe of a task takes.
  func feed(_ rank: Int) -> Wish {
    guard let descriptor = descriptor(rank) else { return .nothing }
    while let pending = buffer.pending(rank) {
      if pending.isEmpty { return buffer.isComplete ? .done : .nothing }
      let count = unsafe pending.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        buffer.advance(rank, by: count)
      } else if errno == EAGAIN {
        return .room
      } else if errno != EINTR {
        // The task closed its input, as it may: what it did not read is not missed.
        return .done
      }
    }
    return .done
  }

  /// Closes the pipe of a task that gets no more.
  func close(_ rank: Int) {
    guard pipes.indices.contains(rank) else { return }
    pipes[rank] = nil
    buffer.abandon(rank)
  }

  /// Closes the pipe of a task that will be started again, since its program could not be.
  func reopen(_ rank: Int) {
    if pipes.indices.contains(rank) { pipes[rank] = nil }
  }
}

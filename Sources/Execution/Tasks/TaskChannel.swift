import BrokerCore
import Glibc

/// What a watched descriptor of a task is for.
enum TaskChannel {
  /// The shepherd's end of its PMI connection.
  case pmi(AttemptID, rank: Int)
  /// The pipe that becomes its input, watched while it is full.
  case input(AttemptID, rank: Int)
  /// The pipe into which it writes.
  case output(AttemptID, CollectedOutput.Source)
}

/// The ends that one task is started with besides its files, open as long as this value lives.
struct TaskEnds: ~Copyable {
  /// The number at which tasks find their PMI connection: the first behind the three streams.
  static let pmiNumber = 3

  private let pmi: Descriptor?
  private let input: Descriptor?
  private let output: Descriptor?
  private let error: Descriptor?
  /// `-1`: the task has none.
  let pmiDescriptor: Int32
  /// `nil`: the task reads what all tasks of its attempt read.
  let inputDescriptor: Int32?
  /// `nil`: the task writes where all tasks of its attempt write.
  let outputDescriptor: Int32?
  let errorDescriptor: Int32?

  /// Opens them; the shepherd's own ends are kept with the attempt, and watched.
  init(
    _ attempt: Attempt, _ rank: Int, _ channels: EventSet<TaskChannel>
  ) throws(TaskLauncher.Failure) {
    var pmi: Descriptor?
    var input: Descriptor?
    if let group = attempt.group, group.server != nil {
      do throws(SystemError) {
        pmi = try group.connect(rank)
        if let own = group.connection(rank) {
          try channels.add(own.descriptor, .pmi(attempt.id, rank: rank))
        }
      } catch {
        group.disconnect(rank)
        throw TaskLauncher.Failure(reason: "pmi: \(error.text)", isShortage: error.isShortage)
      }
    }
    if let stream = attempt.input {
      do throws(SystemError) { input = try stream.openPipe(for: rank) } catch {
        attempt.closeChannels(of: rank, channels, mayReturn: true)
        throw TaskLauncher.Failure(reason: "input: \(error.text)", isShortage: error.isShortage)
      }
    }
    var output = try Self.openOutput(attempt, rank, .output, channels)
    var error = try Self.openOutput(attempt, rank, .error, channels)
    pmiDescriptor = pmi?.number ?? -1
    inputDescriptor = input?.number
    outputDescriptor = output?.number
    errorDescriptor = error?.number
    self.pmi = pmi
    self.input = input
    self.output = output.take()
    self.error = error.take()
  }

  /// The end into which the task writes, where its output is collected.
  private static func openOutput(
    _ attempt: Attempt, _ rank: Int, _ stream: OutputStore.Stream, _ channels: EventSet<TaskChannel>
  ) throws(TaskLauncher.Failure) -> Descriptor? {
    guard let collected = attempt.collected, collected.streams.contains(stream) else { return nil }
    let source = CollectedOutput.Source(rank: rank, stream: stream)
    do throws(SystemError) {
      let end = try collected.openPipe(source)
      if let descriptor = collected.descriptor(source) { try channels.add(descriptor, .output(attempt.id, source)) }
      return end
    } catch {
      attempt.closeChannels(of: rank, channels, mayReturn: true)
      throw TaskLauncher.Failure(reason: "output: \(error.text)", isShortage: error.isShortage)
    }
  }
}

extension Attempt {
  /// Closes the shepherd's ends of what a task was started with.
  ///
  /// - Parameter mayReturn: the task will be started again, and then gets its input from the first byte.
  func closeChannels(of rank: Int, _ channels: EventSet<TaskChannel>, mayReturn: Bool = false) {
    if let group, let connection = group.connection(rank) {
      channels.remove(connection.descriptor)
      group.disconnect(rank)
    }
    if let input, let descriptor = input.descriptor(rank) {
      channels.remove(descriptor)
      if mayReturn { input.reopen(rank) } else { input.close(rank) }
    }
    // What a task wrote is read to its end: only one that has not run has written nothing.
    if mayReturn, let collected { closeOutput(of: rank, collected, channels) }
  }

  private func closeOutput(of rank: Int, _ collected: CollectedOutput, _ channels: EventSet<TaskChannel>) {
    for stream in collected.streams {
      let source = CollectedOutput.Source(rank: rank, stream: stream)
      if let descriptor = collected.descriptor(source) { channels.remove(descriptor) }
      collected.close(source)
    }
  }

  /// Closes what is open of all its tasks.
  func closeAllChannels(_ channels: EventSet<TaskChannel>) {
    for rank in group?.connectedRanks ?? [] { closeChannels(of: rank, channels) }
    for rank in input?.ranks ?? 0..<0 { closeChannels(of: rank, channels) }
  }
}

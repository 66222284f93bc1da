import BrokerCore
import Glibc

/// What a watched descriptor of a task is for.
enum TaskChannel {
  /// The shepherd's end of its PMI connection.
  case pmi(AttemptID, rank: Int)
  /// The pipe that becomes its input, watched while it is full.
  case input(AttemptID, rank: Int)
}

/// The ends that one task is started with besides its files, open as long as this value lives.
struct TaskEnds: ~Copyable {
  /// The number at which tasks find their PMI connection: the first behind the three streams.
  static let pmiNumber = 3

  private let pmi: Descriptor?
  private let input: Descriptor?
  /// `-1`: the task has none.
  let pmiDescriptor: Int32
  /// `nil`: the task reads what all tasks of its attempt read.
  let inputDescriptor: Int32?

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
    pmiDescriptor = pmi?.number ?? -1
    inputDescriptor = input?.number
    self.pmi = pmi
    self.input = input
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
  }

  /// Closes what is open of all its tasks.
  func closeAllChannels(_ channels: EventSet<TaskChannel>) {
    for rank in group?.connectedRanks ?? [] { closeChannels(of: rank, channels) }
    for rank in input?.ranks ?? 0..<0 { closeChannels(of: rank, channels) }
  }
}

import BrokerCore
import Glibc

/// The files of one task's own, where the path has a tag that differs from task to task; open as long as this lives.
struct TaskFiles: ~Copyable {
  let output: Int32?
  let error: Int32?
  private let outputFile: Descriptor?
  private let errorFile: Descriptor?

  init(for order: StartOrder, rank: Int, _ placement: TaskPlacement) throws(TaskStreams.Failure) {
    let isShared = order.error == order.output
    var first = try Self.open("output", order.output, order, rank, placement)
    var second = try Self.open("error", isShared ? nil : order.error, order, rank, placement)
    output = first?.number
    error = isShared ? output : second?.number
    outputFile = first.take()
    errorFile = second.take()
  }

  private static func open(
    _ stream: String, _ path: String?, _ order: StartOrder, _ rank: Int, _ placement: TaskPlacement
  ) throws(TaskStreams.Failure) -> Descriptor? {
    guard let path, TaskPath.isPerTask(path) else { return nil }
    let own = TaskPath.expand(path, rank: rank, placement)
    // Several tasks may share one still, such as those of a node: the first to start empties it, the others append.
    let flags = O_WRONLY | O_CREAT | O_APPEND | (TaskPath.isFirst(path, placement) ? O_TRUNC : 0)
    return try TaskStreams.open(stream, own, order, flags)
  }
}

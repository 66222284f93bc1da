public import Vocabulary

/// How a job's tasks are dealt out to its nodes: `shell.options.taskmap`.
///
/// - Source: flux-submit(1), `--taskmap`; RFC 34.
public enum TaskDistribution: Hashable, Sendable {
  /// Successive tasks share a node.
  case block
  /// Each node in turn takes `stride` successive tasks, from 1 on, until it has as many as by blocks.
  case cyclic(stride: Int)
  /// As the map says, which has all nodes and all tasks of the job.
  case manual(Taskmap)

  /// The node of each task, by rank.
  ///
  /// - Parameters:
  ///   - blocks: the same for the distribution by blocks.
  ///   - nodeCount: how many nodes the job has, more than any number in `blocks`.
  /// - Returns: `blocks` itself where a map is for another number of tasks, or names nodes that are not there.
  public func nodes(dealtAs blocks: [Int], nodeCount: Int) -> [Int] {
    switch self {
    case .block: return blocks
    case .cyclic(let stride): return Self.cycle(through: blocks, nodeCount, max(1, stride))
    case .manual(let map):
      guard map.taskCount == blocks.count, map.fits(within: nodeCount) else { return blocks }
      return map.nodesByRank
    }
  }

  private static func cycle(through blocks: [Int], _ nodeCount: Int, _ stride: Int) -> [Int] {
    var left = [Int](repeating: 0, count: nodeCount)
    for node in blocks { left[node] += 1 }
    var nodes: [Int] = []
    nodes.reserveCapacity(blocks.count)
    while nodes.count < blocks.count {
      for node in left.indices where left[node] > 0 {
        let taken = min(stride, left[node])
        nodes.append(contentsOf: repeatElement(node, count: taken))
        left[node] -= taken
      }
    }
    return nodes
  }
}

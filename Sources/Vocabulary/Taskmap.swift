/// Which task of a program runs on which node, as blocks of successive ranks.
///
/// Regular distributions take one block or two, whatever the number of tasks.
/// - Source: RFC 34.
public struct Taskmap: Hashable, Sendable {
  /// `nodeCount` nodes from `node` on get `tasksPerNode` successive ranks each, and all of that `repeatCount` times.
  public struct Block: Hashable, Sendable {
    public let node: Int
    public let nodeCount: Int
    public let tasksPerNode: Int
    public let repeatCount: Int

    /// - Precondition: `node` is not negative and all counts are positive.
    public init(node: Int, nodeCount: Int, tasksPerNode: Int, repeatCount: Int = 1) {
      precondition(node >= 0 && nodeCount > 0 && tasksPerNode > 0 && repeatCount > 0, "a block has tasks")
      self.node = node
      self.nodeCount = nodeCount
      self.tasksPerNode = tasksPerNode
      self.repeatCount = repeatCount
    }

    var taskCount: Int { nodeCount * tasksPerNode * repeatCount }
  }

  public let blocks: [Block]

  /// Nothing is known about the places of tasks.
  public static let unknown = Taskmap(blocks: [])

  public init(blocks: [Block]) { self.blocks = blocks }

  /// The shortest map that a single pass finds: successive nodes with as many tasks each become one block, and
  /// equal successive blocks one that is repeated.
  ///
  /// - Parameter nodes: the node of each task, by rank; none is negative.
  public init(nodesByRank nodes: some Sequence<Int>) {
    var blocks: [Block] = []
    var pass: Block?
    var run: (node: Int, count: Int)?
    for node in nodes {
      if let current = run, current.node == node {
        run = (node, current.count + 1)
      } else {
        if let run { Self.add(run.node, run.count, to: &pass, &blocks) }
        run = (node, 1)
      }
    }
    if let run { Self.add(run.node, run.count, to: &pass, &blocks) }
    if let pass { Self.add(pass, to: &blocks) }
    self.blocks = blocks
  }

  /// Goes on with the pass over successive nodes, or begins the next one.
  private static func add(_ node: Int, _ count: Int, to pass: inout Block?, _ blocks: inout [Block]) {
    if let current = pass, current.tasksPerNode == count, current.node + current.nodeCount == node {
      pass = Block(node: current.node, nodeCount: current.nodeCount + 1, tasksPerNode: count)
    } else {
      if let pass { add(pass, to: &blocks) }
      pass = Block(node: node, nodeCount: 1, tasksPerNode: count)
    }
  }

  private static func add(_ pass: Block, to blocks: inout [Block]) {
    guard let last = blocks.last, last.node == pass.node, last.nodeCount == pass.nodeCount,
      last.tasksPerNode == pass.tasksPerNode
    else { return blocks.append(pass) }
    blocks[blocks.count - 1] = Block(
      node: last.node, nodeCount: last.nodeCount, tasksPerNode: last.tasksPerNode,
      repeatCount: last.repeatCount + 1)
  }

  public var taskCount: Int { blocks.reduce(0) { $0 + $1.taskCount } }

  /// The node of each task, by rank.
  public var nodesByRank: [Int] {
    var nodes: [Int] = []
    nodes.reserveCapacity(taskCount)
    for block in blocks {
      for _ in 0..<block.repeatCount {
        for node in block.node..<(block.node + block.nodeCount) {
          nodes.append(contentsOf: repeatElement(node, count: block.tasksPerNode))
        }
      }
    }
    return nodes
  }

  /// Whether all tasks are on nodes below `nodeCount`.
  public func fits(within nodeCount: Int) -> Bool { blocks.allSatisfy { $0.node + $0.nodeCount <= nodeCount } }

  /// Whether it has a task on each node below `nodeCount`, and none elsewhere.
  public func covers(_ nodeCount: Int) -> Bool {
    guard fits(within: nodeCount) else { return false }
    var isCovered = [Bool](repeating: false, count: nodeCount)
    for block in blocks { for node in block.node..<(block.node + block.nodeCount) { isCovered[node] = true } }
    return isCovered.allSatisfy(\.self)
  }

  /// The ranks of one node.
  public func ranks(onNode node: Int) -> Idset {
    var ranks = Idset()
    var first = 0
    for block in blocks {
      let width = block.nodeCount * block.tasksPerNode
      if (block.node..<(block.node + block.nodeCount)).contains(node) {
        for pass in 0..<block.repeatCount {
          let start = first + pass * width + (node - block.node) * block.tasksPerNode
          ranks.formUnion(Idset(start..<(start + block.tasksPerNode)))
        }
      }
      first += block.taskCount
    }
    return ranks
  }
}

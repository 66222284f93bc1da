import ResourceGraph
import Vocabulary

/// Turns a tree of vertices into fragments: equal siblings with successive ids are one fragment with a count.
///
/// Subtrees get a number from the bottom up, the same for equal ones, so that comparing two is comparing numbers; the
/// cost is that of the vertices, and 4,000 equal nodes become one fragment.
struct FragmentCompression {
  /// What a vertex is, apart from its place.
  private struct Kind: Hashable {
    let type: UInt16
    let basename: UInt16
    let unit: UInt16
    let status: VertexStatus
    let size: Int64
    let properties: Int32
  }

  /// Equal siblings.
  private struct Run {
    var shape: Int32
    var count: Int32 = 1
    /// -1: those that the graph gives.
    var firstID: Int32
    var firstRank: Int32
    /// Number in `nameLists`; -1: default names.
    var names: Int32 = -1
    /// The last one's.
    var lastID: Int32
    var lastRank: Int32
  }

  private let collector: JGFCollector
  private let tree: ContainmentTree
  private let numbered: NumberedTree
  private let hostType: UInt16?
  private var kindOfShape: [Kind] = []
  private var childrenOfShape: [[Fragment]] = []
  private var numberOfLeaf: [Kind: Int32] = [:]
  private var numberOfShape: [[Int64]: Int32] = [:]
  private var numberOfNames: [String: Int32] = [:]
  private var nameLists: [Hostlist] = []
  private var shapes: [Int32]
  private var last: (kind: Kind, shape: Int32)?

  init(_ collector: JGFCollector, _ tree: ContainmentTree, _ numbered: NumberedTree) {
    self.collector = collector
    self.tree = tree
    self.numbered = numbered
    let hostWord = Array(ResourceGraph.hostType.utf8)
    hostType = collector.words.spellings.firstIndex(of: hostWord).map(UInt16.init)
    shapes = Array(repeating: -1, count: numbered.drafts.count)
  }

  mutating func fragments() -> [Fragment] {
    for vertex in tree.order.reversed() { shapes[Int(vertex)] = shape(of: vertex) }
    return runs(of: tree.rootVertices[...]).map { fragment($0) }
  }

  private mutating func shape(of vertex: Int32) -> Int32 {
    let draft = numbered.drafts[Int(vertex)]
    let kind = Kind(
      type: draft.type, basename: draft.basename, unit: draft.unit, status: draft.status, size: draft.size,
      properties: draft.properties)
    let range = tree.childRange(of: vertex)
    guard range.isEmpty else { return shape(kind, runs(of: tree.children[range])) }
    if let last, last.kind == kind { return last.shape }
    let shape = numberOfLeaf[kind] ?? append(kind, [])
    numberOfLeaf[kind] = shape
    last = (kind, shape)
    return shape
  }

  private mutating func shape(_ kind: Kind, _ runs: [Run]) -> Int32 {
    // A leaf of the kind stands for the kind itself.
    let leaf = numberOfLeaf[kind] ?? append(kind, [])
    numberOfLeaf[kind] = leaf
    var key: [Int64] = [Int64(leaf)]
    key.reserveCapacity(1 + 5 * runs.count)
    for run in runs {
      key.append(Int64(run.shape))
      key.append(Int64(run.count))
      key.append(Int64(run.firstID))
      key.append(Int64(run.firstRank))
      key.append(Int64(run.names))
    }
    if let shape = numberOfShape[key] { return shape }
    let shape = append(kind, runs.map { fragment($0) })
    numberOfShape[key] = shape
    return shape
  }

  private mutating func append(_ kind: Kind, _ children: [Fragment]) -> Int32 {
    kindOfShape.append(kind)
    childrenOfShape.append(children)
    return Int32(kindOfShape.count - 1)
  }

  // MARK: Runs

  private mutating func runs(of siblings: ArraySlice<Int32>) -> [Run] {
    var runs: [Run] = []
    var names: [Int32] = []
    for vertex in siblings {
      let isNamed = !numbered.drafts[Int(vertex)].hasDefaultName
      if let run = runs.last, run.names < 0, names.isEmpty != isNamed, let longer = extended(run, by: vertex) {
        runs[runs.count - 1] = longer
      } else {
        close(&runs, &names)
        runs.append(begun(by: vertex))
      }
      if isNamed { names.append(vertex) }
    }
    close(&runs, &names)
    return runs
  }

  /// Gives the last run the names that were gathered for it.
  private mutating func close(_ runs: inout [Run], _ names: inout [Int32]) {
    guard !names.isEmpty else { return }
    var list = Hostlist()
    for vertex in names {
      do { try list.append(String(decoding: numbered.name(vertex), as: UTF8.self)) } catch {
        preconditionFailure("names that a host list cannot hold were refused: \(error)")
      }
    }
    let text = list.description
    let number = numberOfNames[text] ?? Int32(nameLists.count)
    if Int(number) == nameLists.count {
      nameLists.append(list)
      numberOfNames[text] = number
    }
    runs[runs.count - 1].names = number
    names.removeAll(keepingCapacity: true)
  }

  private func begun(by vertex: Int32) -> Run {
    let index = Int(vertex)
    let draft = numbered.drafts[index]
    let isRanked = draft.type == hostType && !numbered.hasDefaultRank[index]
    return Run(
      shape: shapes[index], firstID: numbered.hasDefaultID[index] ? -1 : draft.id,
      firstRank: isRanked ? draft.rank : -1, lastID: draft.id, lastRank: draft.rank)
  }

  /// The run with one more vertex; `nil` when that is no equal sibling, or its numbers do not follow.
  private func extended(_ run: Run, by vertex: Int32) -> Run? {
    let index = Int(vertex)
    let draft = numbered.drafts[index]
    guard shapes[index] == run.shape, Int(run.count) < Hostlist.maximumCount else { return nil }
    guard run.firstID < 0 ? numbered.hasDefaultID[index] : draft.id == run.lastID + 1 else { return nil }
    if draft.type == hostType {
      guard run.firstRank < 0 ? numbered.hasDefaultRank[index] : draft.rank == run.lastRank + 1 else { return nil }
    }
    var longer = run
    longer.count += 1
    longer.lastID = draft.id
    longer.lastRank = draft.rank
    return longer
  }

  private func fragment(_ run: Run) -> Fragment {
    let kind = kindOfShape[Int(run.shape)]
    guard let size = Amount(units: kind.size) else { preconditionFailure("sizes are below their limit") }
    return Fragment(
      type: collector.words.string(kind.type),
      basename: kind.basename == kind.type ? nil : collector.words.string(kind.basename), count: Int(run.count),
      names: run.names < 0 ? nil : nameLists[Int(run.names)], firstID: run.firstID < 0 ? nil : Int(run.firstID),
      size: size, unit: collector.words.string(kind.unit), status: kind.status,
      properties: collector.propertySets[Int(kind.properties)],
      firstRank: run.firstRank < 0 ? nil : Int(run.firstRank), children: childrenOfShape[Int(run.shape)])
  }
}

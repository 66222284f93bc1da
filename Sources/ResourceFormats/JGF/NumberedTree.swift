import ResourceGraph

/// What ids, ranks and names the vertices have, given and by default, and which of them go without saying.
///
/// A graph gives the next id of its type within a host, elsewhere within the parent, and hosts count through the whole
/// graph; so only ids that differ from that need be kept, which is what makes equal subtrees equal.
struct NumberedTree {
  /// By vertex: whether the graph would come to the same id by itself.
  private(set) var hasDefaultID: [Bool]
  private(set) var hasDefaultRank: [Bool]
  private(set) var drafts: [VertexDraft]
  private(set) var arena: [UInt8]
  private let parents: [Int32]
  private let roots: JGFRoots
  private var hosts: [Int32]
  private var nextHostID: Int32 = 0
  private var nextRank: Int32 = 0
  /// The next id by scope and type.
  private var nextIDs: [UInt64: Int32] = [:]

  init(_ collector: borrowing JGFCollector, _ tree: ContainmentTree, roots: JGFRoots, faults: inout FaultList) {
    self.roots = roots
    parents = tree.parents
    drafts = collector.vertices
    arena = collector.arena
    hasDefaultID = Array(repeating: true, count: drafts.count)
    hasDefaultRank = Array(repeating: true, count: drafts.count)
    hosts = Array(repeating: -1, count: drafts.count)
    let hostType = Self.hostType(collector)
    for vertex in tree.order where !faults.isFull {
      let index = Int(vertex)
      let parent = tree.parents[index]
      if parent >= 0 { hosts[index] = drafts[Int(parent)].type == hostType ? parent : hosts[Int(parent)] }
      let isHost = drafts[index].type == hostType
      if !collector.ranksByName.isEmpty { rerank(index, isHost: isHost, collector) }
      let knowsScope = roots == .one || hosts[index] >= 0
      if !knowsScope, !drafts[index].hasID, !drafts[index].hasName {
        faults.report(collector.nodePointer(index, "/metadata/id"), "or a name is required")
      }
      number(index, scope: hosts[index] >= 0 ? hosts[index] : parent, isHost: isHost, knowsScope: knowsScope)
      rank(index, isHost: isHost, isWhole: roots == .one, collector, &faults)
      spell(index, parent: parent, collector, &faults)
    }
    checkSiblings(collector, tree, &faults)
    checkRanks(collector, hostType, &faults)
  }

  private static func hostType(_ collector: borrowing JGFCollector) -> UInt16? {
    let word = Array(ResourceGraph.hostType.utf8)
    return collector.words.spellings.firstIndex(of: word).map(UInt16.init)
  }

  func name(_ vertex: Int32) -> ArraySlice<UInt8> { arena[drafts[Int(vertex)].name.range] }

  /// The containment path, which is spelt out for the ends of edges only: those of all vertices may be far longer
  /// than the document.
  func path(_ vertex: Int32) -> String {
    var names: [ArraySlice<UInt8>] = []
    var next = vertex
    while next >= 0, drafts[Int(next)].path.isEmpty {
      names.append(name(next))
      next = parents[Int(next)]
    }
    let start = next >= 0 ? String(decoding: arena[drafts[Int(next)].path.range], as: UTF8.self) : ""
    return names.reversed().reduce(into: start) { $0 += "/" + String(decoding: $1, as: UTF8.self) }
  }

  // MARK: Numbers

  /// Ranks of the document are those of another instance.
  private mutating func rerank(_ index: Int, isHost: Bool, _ collector: borrowing JGFCollector) {
    let name = isHost ? String(decoding: arena[drafts[index].name.range], as: UTF8.self) : ""
    drafts[index].rank = collector.ranksByName[name] ?? -1
  }

  private mutating func number(_ index: Int, scope: Int32, isHost: Bool, knowsScope: Bool) {
    let draft = drafts[index]
    if isHost {
      let id = draft.hasID ? draft.id : nextHostID
      hasDefaultID[index] = !draft.hasID || knowsScope && id == nextHostID
      drafts[index].id = id
      nextHostID = max(nextHostID, id + 1)
      return
    }
    let key = UInt64(UInt32(bitPattern: scope)) << 16 | UInt64(draft.type)
    let next = nextIDs[key] ?? 0
    let id = draft.hasID ? draft.id : next
    hasDefaultID[index] = !draft.hasID || knowsScope && id == next
    drafts[index].id = id
    nextIDs[key] = max(next, id + 1)
  }

  private mutating func rank(
    _ index: Int, isHost: Bool, isWhole: Bool, _ collector: borrowing JGFCollector, _ faults: inout FaultList
  ) {
    let rank = drafts[index].rank
    if isHost {
      hasDefaultRank[index] = rank < 0 || isWhole && rank == nextRank
      nextRank = max(nextRank, (rank < 0 ? nextRank : rank) + 1)
    } else if rank >= 0, hosts[index] >= 0 {
      let host = drafts[Int(hosts[index])].rank
      guard host >= 0, host != rank else { return }
      faults.report(collector.nodePointer(index, "/metadata/rank"), "must be that of the node, \(host)")
    }
  }

  private func checkRanks(_ collector: borrowing JGFCollector, _ hostType: UInt16?, _ faults: inout FaultList) {
    var vertexOfRank: [Int32: Int] = [:]
    for (index, draft) in drafts.enumerated() where draft.type == hostType && draft.rank >= 0 && !faults.isFull {
      if let other = vertexOfRank.updateValue(index, forKey: draft.rank) {
        faults.report(
          collector.nodePointer(index, "/metadata/rank"), "is the rank of \(collector.nodePointer(other)) too")
      }
    }
  }

  // MARK: Names

  /// Completes the name and the path, and compares a given path with that of the parent.
  private mutating func spell(
    _ index: Int, parent: Int32, _ collector: borrowing JGFCollector, _ faults: inout FaultList
  ) {
    if !drafts[index].hasName {
      let name = collector.words.spellings[Int(drafts[index].basename)] + Array(String(drafts[index].id).utf8)
      drafts[index].name = keep(name[...])
      drafts[index].hasName = true
      if !GraphWords.isName(name) { faults.report(collector.nodePointer(index, "/metadata/basename"), "is too long") }
    }
    guard !drafts[index].path.isEmpty, parent >= 0, !isOnPath(index) else { return }
    faults.report(collector.nodePointer(index, "/metadata/paths/containment"), "must be the parent's path and the name")
  }

  /// Whether a given path has the names from the root down to here.
  private func isOnPath(_ index: Int) -> Bool {
    let path = drafts[index].path.range
    var end = path.upperBound
    var vertex = index
    while true {
      let name = drafts[vertex].name.range
      let slash = end - name.count - 1
      guard slash >= path.lowerBound, arena[slash] == UInt8(ascii: "/"), arena[(slash + 1)..<end] == arena[name] else {
        return false
      }
      end = slash
      // Where parts of a graph are to go is not known here.
      guard parents[vertex] >= 0 else { return end == path.lowerBound || roots == .several }
      vertex = Int(parents[vertex])
      let above = drafts[vertex].path
      // One that was given was compared when its vertex was met.
      if !above.isEmpty { return arena[above.range] == arena[path.lowerBound..<end] }
    }
  }

  private mutating func keep(_ text: ArraySlice<UInt8>) -> VertexDraft.Text {
    let start = UInt32(arena.count)
    arena.append(contentsOf: text)
    return VertexDraft.Text(start: start, count: UInt32(text.count))
  }

  /// Siblings have different names, because a path means one vertex.
  private func checkSiblings(_ collector: borrowing JGFCollector, _ tree: ContainmentTree, _ faults: inout FaultList) {
    check(tree.rootVertices[...], collector, &faults)
    for vertex in drafts.indices where !faults.isFull {
      let range = tree.childRange(of: Int32(vertex))
      if range.count > 1 { check(tree.children[range], collector, &faults) }
    }
  }

  private func check(_ siblings: ArraySlice<Int32>, _ collector: borrowing JGFCollector, _ faults: inout FaultList) {
    if differPlainly(siblings, collector) { return }
    var names: [ArraySlice<UInt8>: Int32] = [:]
    for vertex in siblings {
      guard let other = names.updateValue(vertex, forKey: name(vertex)) else { continue }
      faults.report(
        collector.nodePointer(Int(vertex), "/metadata/name"),
        "is the name of its sibling \(collector.nodePointer(Int(other))) too")
    }
  }

  /// Whether all have default names, with ids that ascend and basenames that numbers cannot make equal.
  private func differPlainly(_ siblings: ArraySlice<Int32>, _ collector: borrowing JGFCollector) -> Bool {
    var last: (basename: UInt16, id: Int32)?
    var basenames: [UInt16] = []
    for vertex in siblings {
      let draft = drafts[Int(vertex)]
      guard draft.hasDefaultName else { return false }
      if let last, last.basename == draft.basename {
        guard draft.id > last.id else { return false }
      } else {
        guard !basenames.contains(draft.basename), basenames.count < 16,
          let end = collector.words.spellings[Int(draft.basename)].last, !GraphWords.isDigit(end)
        else { return false }
        basenames.append(draft.basename)
      }
      last = (draft.basename, draft.id)
    }
    return true
  }
}

import Vocabulary

extension Fragment {
  /// Vertices in all; `nil` when more than a graph may have.
  public var vertexCount: Int? {
    var each = 1
    for child in children {
      guard let count = child.vertexCount else { return nil }
      each += count
      if each > ResourceGraph.maximumVertices { return nil }
    }
    let (product, overflow) = each.multipliedReportingOverflow(by: count)
    return overflow || product > ResourceGraph.maximumVertices ? nil : product
  }

  /// Finds what is wrong with a fragment whatever graph it is for.
  public func check() throws(MutationFault) {
    guard count >= 1, vertexCount != nil else {
      throw .invalid(member: "count", message: "makes more than \(ResourceGraph.maximumVertices) vertices, or none")
    }
    try check(depth: 1)
  }

  private func check(depth: Int) throws(MutationFault) {
    guard depth <= GraphLimits.maximumDepth else {
      throw .invalid(member: "children", message: "must be nested at most \(GraphLimits.maximumDepth) deep")
    }
    guard GraphWords.isType(type.utf8) else { throw .invalid(member: "type", message: GraphWords.typeRule) }
    if let basename, !GraphWords.isName(basename.utf8) {
      throw .invalid(member: "basename", message: GraphWords.nameRule)
    }
    guard GraphWords.isUnit(unit.utf8) else {
      throw .invalid(member: "unit", message: "must be at most \(GraphLimits.maximumUnitBytes) printable bytes")
    }
    guard size > .zero, size <= GraphLimits.maximumSize else {
      throw .invalid(member: "size", message: "must be above zero and at most 900000000 units")
    }
    if let firstID, firstID < 0 || firstID > GraphLimits.maximumID - count {
      throw .invalid(member: "id", message: "must be from 0 to \(GraphLimits.maximumID)")
    }
    try checkNames()
    if let fault = GraphWords.fault(in: properties) { throw .invalid(member: "properties", message: fault) }
    try checkRanks()
    for child in children { try child.check(depth: depth + 1) }
  }

  private func checkNames() throws(MutationFault) {
    guard let names else { return }
    guard names.count == count else {
      throw .invalid(member: "names", message: "must be \(count), one for each, not \(names.count)")
    }
    var seen: Set<String> = []
    for name in names {
      guard GraphWords.isName(name.utf8) else { throw .invalid(member: "name", message: GraphWords.nameRule) }
      guard seen.insert(name).inserted else { throw .invalid(member: "names", message: "\"\(name)\" is given twice") }
    }
  }

  private func checkRanks() throws(MutationFault) {
    guard let firstRank else { return }
    guard type == ResourceGraph.hostType else {
      throw .invalid(member: "rank", message: "is for vertices of type \"\(ResourceGraph.hostType)\"")
    }
    guard firstRank >= 0, firstRank <= ResourceGraph.maximumVertices - count else {
      throw .invalid(member: "rank", message: "must be from 0 to \(ResourceGraph.maximumVertices)")
    }
  }
}

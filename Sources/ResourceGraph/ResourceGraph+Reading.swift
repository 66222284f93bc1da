import Persistent
public import Vocabulary

/// What a vertex is, for formats and for people.
public struct VertexView: Sendable {
  public let vertex: VertexID
  public let type: String
  public let basename: String
  public let name: String
  public let id: Int
  /// Where it is one.
  public let rank: Int?
  public let size: Amount
  public let unit: String
  public let isDown: Bool
  public let isExcluded: Bool
  public let drain: Drain?
  /// By ascending key.
  public let properties: [Property]
  public let parent: VertexID?
  public let host: VertexID?
}

extension ResourceGraph {
  /// Also of a vertex that was removed, as long as its number was given.
  public func view(of vertex: VertexID) -> VertexView? {
    guard vertex.rawValue < vertices.count else { return nil }
    let stored = self[vertex]
    return VertexView(
      vertex: vertex, type: names[stored.type], basename: names[stored.basename], name: name(of: vertex),
      id: Int(stored.id), rank: rank(of: vertex), size: Amount(thousandths: stored.size), unit: names[stored.unit],
      isDown: stored.flags.contains(.down), isExcluded: stored.flags.contains(.excluded),
      drain: drains[vertex.rawValue], properties: properties[vertex.rawValue] ?? [],
      parent: stored.parent == Vertex.none ? nil : VertexID(stored.parent),
      host: stored.host == Vertex.none ? nil : VertexID(stored.host))
  }

  public func name(of vertex: VertexID) -> String {
    let stored = self[vertex]
    if stored.flags.contains(.named), let name = customNames[vertex.rawValue] { return name }
    return "\(names[stored.basename])\(stored.id)"
  }

  public func type(of vertex: VertexID) -> String { names[self[vertex].type] }

  /// The rank of a host; `nil` of anything else.
  public func rank(of vertex: VertexID) -> Int? {
    guard let interior = interior(of: self[vertex]), interior.rank >= 0 else { return nil }
    return Int(interior.rank)
  }

  /// `nil` for ranks that were never given; of a host that was removed, its number.
  public func host(rank: Int) -> VertexID? {
    guard rank >= 0, rank < hosts.count, hosts[rank] != Vertex.none else { return nil }
    return VertexID(hosts[rank])
  }

  public func host(named name: String) -> VertexID? { hostsByName[name].map { VertexID($0) } }

  /// Hosts that are part of the graph, by ascending rank.
  public func forEachHost(_ body: (_ rank: Int, VertexID) -> Bool) {
    for rank in 0..<hosts.count {
      let number = hosts[rank]
      guard number != Vertex.none, !self[number].flags.contains(.removed) else { continue }
      if !body(rank, VertexID(number)) { return }
    }
  }

  public var hostCount: Int { hostsByName.count }

  /// The operating system's numbers of a core's hardware threads; empty: not known.
  public func cpus(of vertex: VertexID) -> [Int] { hardware[vertex.rawValue] ?? [] }

  // MARK: Containment

  /// In the order of their addition.
  public func children(of vertex: VertexID) -> [VertexID] {
    guard let interior = interior(of: self[vertex]) else { return [] }
    return interior.children.compactMap { $0 == Vertex.none ? nil : VertexID($0) }
  }

  public func path(of vertex: VertexID) -> String {
    var parts = [name(of: vertex)]
    var next = self[vertex].parent
    while next != Vertex.none {
      parts.append(name(of: VertexID(next)))
      next = self[next].parent
    }
    return "/" + parts.reversed().joined(separator: "/")
  }

  func depth(of vertex: VertexID) -> Int {
    var depth = 1
    _ = hasAncestor(of: vertex.rawValue) { _ in
      depth += 1
      return false
    }
    return depth
  }

  /// The vertex at a containment path such as `/cluster0/rack1/node17`.
  public func vertex(at path: String) -> VertexID? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].isEmpty, let root, name(of: root) == parts[1] else { return nil }
    var vertex = root
    for part in parts.dropFirst(2) {
      guard let child = child(of: vertex, named: String(part)) else { return nil }
      vertex = child
    }
    return vertex
  }

  private func child(of vertex: VertexID, named name: String) -> VertexID? {
    // Hosts may be many beneath one parent, and have an index.
    if let host = hostsByName[name], self[host].parent == vertex.rawValue { return VertexID(host) }
    guard let interior = interior(of: self[vertex]) else { return nil }
    for child in interior.children where child != Vertex.none && isNamed(child, name) { return VertexID(child) }
    return nil
  }

  /// Without making the name, where that can be avoided.
  private func isNamed(_ number: UInt32, _ name: String) -> Bool {
    let stored = self[number]
    if !stored.flags.contains(.named), !name.hasPrefix(names[stored.basename]) { return false }
    return self.name(of: VertexID(number)) == name
  }

  /// Whether something that contains a vertex meets a condition.
  public func hasAncestor(of vertex: VertexID, where condition: (VertexID) -> Bool) -> Bool {
    hasAncestor(of: vertex.rawValue) { condition(VertexID($0)) }
  }

  /// The rank of the host at or above a vertex.
  public func hostRank(of vertex: VertexID) -> Int? {
    let host = self[vertex].host
    return host == Vertex.none ? nil : rank(of: VertexID(host))
  }

  /// Every vertex beneath one, parents first.
  func forEachNumber(beneath number: UInt32, _ body: (UInt32) -> Void) {
    guard let interior = interior(of: self[number]) else { return }
    for child in interior.children where child != Vertex.none {
      body(child)
      forEachNumber(beneath: child, body)
    }
  }

  func forEachVertex(beneath number: UInt32, _ body: (Vertex) -> Void) {
    forEachNumber(beneath: number) { body(self[$0]) }
  }

  /// The vertex and all beneath it, parents first, to a depth; 0: the vertex alone.
  public func forEachVertex(from start: VertexID, depth: Int = .max, _ body: (VertexID) -> Void) {
    body(start)
    guard depth > 0, let interior = interior(of: self[start]) else { return }
    for child in interior.children where child != Vertex.none {
      forEachVertex(from: VertexID(child), depth: depth == .max ? .max : depth - 1, body)
    }
  }

  // MARK: Other subsystems

  /// Edges beside containment, by ascending source.
  public func forEachEdge(_ body: (GraphEdge) -> Void) {
    edges.forEach { edge in
      body(
        GraphEdge(
          subsystem: names[edge.subsystem], source: VertexID(edge.source), target: VertexID(edge.target),
          relationship: names[edge.relationship]))
      return true
    }
  }

  public var edgeCount: Int { edges.count }
}

/// What there is of one type beneath a vertex.
public struct TypeSum: Sendable {
  public let type: String
  public let total: Amount
  /// Could be given out now.
  public let free: Amount
}

extension ResourceGraph {
  /// By type, in the order of their names.
  public func sums(beneath vertex: VertexID) -> [TypeSum] {
    let stored = self[vertex]
    guard let interior = interior(of: stored) else { return [] }
    return interior.types.indices.filter { interior.total[$0] > 0 }.map { index in
      TypeSum(
        type: names[interior.types[index]], total: Amount(thousandths: interior.total[index]),
        free: stored.isBlocked ? .zero : Amount(thousandths: interior.free[index]))
    }.sorted { $0.type < $1.type }
  }
}

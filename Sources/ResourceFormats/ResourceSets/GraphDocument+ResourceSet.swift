public import ResourceGraph
public import Vocabulary

extension GraphDocument {
  /// A cluster of the hosts of R: each with its cores, gpus and whatever else R counts.
  ///
  /// - Parameter cluster: the root's name; `nil`: `cluster0`.
  public init(_ set: ResourceSet, cluster: Hostlist? = nil) {
    var hosts = HostRuns(set)
    self.init(fragments: [Fragment(type: "cluster", names: cluster, children: hosts.fragments())])
  }

  /// The resources of R as a graph: those of `scheduling` when Fluxion wrote it, otherwise those of `execution`.
  ///
  /// The graph's hosts get the ranks that `execution` gives to their names, because an instance that takes R over
  /// ranks its hosts anew and cannot look into `scheduling` (RFC 20).
  /// - Throws: `invalid`, with pointers into R.
  public init(resourceSet value: JSONValue, cluster: Hostlist? = nil) throws(FormatError) {
    let set = try ResourceSet(value)
    guard let graph = value["scheduling"]?["graph"], Self.isFluxion(value["scheduling"]?["writer"]) else {
      self.init(set, cluster: cluster)
      return
    }
    var reader = JGFReader(roots: .one, pointer: "/scheduling/graph")
    reader.rankHosts(set)
    reader.addGraph(graph)
    self = try reader.finish()
  }

  /// `fluxion` and `fluxion:jgf`; without a writer Fluxion is meant. Its shorthand leaves out what a job has whole.
  /// - Source: RFC 20, "scheduling"; RFC 40.
  private static func isFluxion(_ writer: JSONValue?) -> Bool {
    switch writer {
    case nil, .string("fluxion"), .string("fluxion:jgf"): true
    default: false
    }
  }
}

/// Joins successive ranks that are equal in children and properties.
private struct HostRuns {
  private struct Host: Equatable {
    var entry: Int
    var properties: [Int]
  }

  private let set: ResourceSet
  private var children: [[Fragment]]

  init(_ set: ResourceSet) {
    self.set = set
    children = set.entries.map { entry in
      entry.children.flatMap { children in
        children.ids.ranges.map { ids in
          Fragment(type: children.type, count: ids.count, firstID: ids.lowerBound)
        }
      }
    }
  }

  mutating func fragments() -> [Fragment] {
    var names = set.nodelist.makeIterator()
    var fragments: [Fragment] = []
    var open: (host: Host, first: Int, names: [String])?
    forEachSpan { ranks, host in
      let more = ranks.map { _ in names.next() ?? "" }
      if let run = open, run.host == host, run.first + run.names.count == ranks.lowerBound {
        open?.names += more
      } else {
        if let run = open { fragments.append(fragment(run.host, run.first, run.names)) }
        open = (host, ranks.lowerBound, more)
      }
    }
    if let run = open { fragments.append(fragment(run.host, run.first, run.names)) }
    return fragments
  }

  /// Ranks in ascending order, parted where an entry or a property begins or ends.
  private func forEachSpan(_ body: (Range<Int>, Host) -> Void) {
    // What begins or ends at a rank: entries are numbered from zero on, properties after them.
    var changes: [(rank: Int, begins: Bool, number: Int)] = []
    let sets = set.entries.map(\.ranks) + set.properties.map(\.ranks)
    for (number, ids) in sets.enumerated() {
      for range in ids.ranges {
        changes.append((range.lowerBound, true, number))
        changes.append((range.upperBound + 1, false, number))
      }
    }
    changes.sort { ($0.rank, $0.begins ? 1 : 0) < ($1.rank, $1.begins ? 1 : 0) }
    var host = Host(entry: -1, properties: [])
    for (index, change) in changes.enumerated() {
      if change.number < set.entries.count {
        host.entry = change.begins ? change.number : -1
      } else if change.begins {
        host.properties.append(change.number - set.entries.count)
        host.properties.sort()
      } else {
        host.properties.removeAll { $0 == change.number - set.entries.count }
      }
      let end = index + 1 < changes.count ? changes[index + 1].rank : change.rank
      if end > change.rank, host.entry >= 0 { body(change.rank..<end, host) }
    }
  }

  private func fragment(_ host: Host, _ first: Int, _ names: [String]) -> Fragment {
    let properties = host.properties.map { index in
      let (key, value) = ResourceSet.parts(ofProperty: set.properties[index].name)
      return Property(key: key, value: value)
    }
    return Fragment(
      type: ResourceGraph.hostType, count: names.count, names: try? Hostlist(names), properties: properties.sorted(),
      firstRank: first, children: children[host.entry])
  }
}

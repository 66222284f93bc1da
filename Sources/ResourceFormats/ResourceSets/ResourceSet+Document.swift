public import ResourceGraph
import Vocabulary

extension ResourceSet {
  /// The hosts of a whole graph with the cores, gpus and other pieces that each has; an instance's own R.
  ///
  /// - Parameter types: what is told of a host; R of Flux has `core` and `gpu`.
  public init(_ document: GraphDocument, types: Set<String> = ["core", "gpu"], expiration: Double? = nil) {
    var builder = Builder()
    var walk = DocumentWalk()
    var hosts: [UInt32: Int] = [:]
    walk.visit(document) { vertex, parent in
      let host = parent.flatMap { hosts[$0] }
      if let rank = vertex.rank {
        hosts[vertex.uniqueID] = rank
        builder.addHost(rank: rank, name: vertex.name)
        for property in vertex.properties { builder.addProperty(Self.name(of: property), rank: rank) }
      } else if let host {
        hosts[vertex.uniqueID] = host
        if types.contains(vertex.type) { builder.add(type: vertex.type, id: vertex.id, rank: host) }
      }
    }
    self = builder.finish(expiration: expiration)
  }

  static func name(of property: Property) -> String {
    property.value.isEmpty ? property.key : "\(property.key)=\(property.value)"
  }

  /// Puts a set together host by host.
  public struct Builder: Sendable {
    private var names: [Int: String] = [:]
    private var children: [Int: [String: Idset]] = [:]
    private var properties: [String: [Int]] = [:]

    public init() {}

    /// - Precondition: the rank is new.
    public mutating func addHost(rank: Int, name: String) {
      let old = names.updateValue(name, forKey: rank)
      precondition(old == nil, "a rank is one host's")
      children[rank] = [:]
    }

    /// - Precondition: the host was added.
    public mutating func add(type: String, id: Int, rank: Int) {
      children[rank]?[type, default: Idset()].insert(id)
    }

    /// Instance-local properties, which begin with `+`, are for no one else and are left out.
    /// - Source: RFC 20, "properties".
    public mutating func addProperty(_ name: String, rank: Int) {
      if !name.hasPrefix("+") { properties[name, default: []].append(rank) }
    }

    public func finish(
      slotCount: Int? = nil, starttime: Double? = nil, expiration: Double? = nil
    ) -> ResourceSet {
      let ranks = names.keys.sorted()
      var list = Hostlist()
      for rank in ranks {
        // Names of the graph come from host lists or are checked to fit in one.
        do { try list.append(names[rank] ?? "") } catch { preconditionFailure("a host's name is none: \(error)") }
      }
      var shared: [[Children]: [Int]] = [:]
      for rank in ranks {
        let parts = (children[rank] ?? [:]).map { Children(type: $0.key, ids: $0.value) }.sorted { $0.type < $1.type }
        shared[parts, default: []].append(rank)
      }
      return ResourceSet(
        entries: shared.map { Entry(ranks: Idset($0.value), children: $0.key) }, nodelist: list,
        properties: properties.map { RankedProperty(name: $0.key, ranks: Idset($0.value)) }, slotCount: slotCount,
        starttime: starttime, expiration: expiration)
    }
  }
}

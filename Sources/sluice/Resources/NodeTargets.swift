import APIClient
import ArgumentParser
import Vocabulary

/// The nodes that a person names, by hosts or by ranks.
struct NodeTargets {
  let nodes: [JSONValue]

  /// - Throws: for a name that no node has.
  init(_ text: String, _ client: BrokerClient) throws {
    if let ranks = try? Idset(parsing: text), !ranks.isEmpty {
      nodes = try client.nodes(requirement: "rank:\(ranks.description)")
      guard nodes.count == ranks.count else {
        let known = Set(nodes.compactMap { $0["rank"]?.integer })
        let missing = Idset(ranks.filter { !known.contains(Int64($0)) })
        throw ClientError("There is no node of rank \(missing.description).", advice: "See 'sluice resource list'.")
      }
      return
    }
    let names = try Self.names(text)
    nodes = try client.nodes(requirement: "hostlist:\(names.description)")
    let known = Set(nodes.compactMap { $0["name"]?.string })
    if let missing = names.names.first(where: { !known.contains($0) }) {
      throw ClientError("There is no node named \"\(missing)\".", advice: "See 'sluice resource list'.")
    }
  }

  private static func names(_ text: String) throws -> Hostlist {
    guard let names = try? Hostlist(parsing: text), !names.isEmpty else {
      throw ValidationError("'\(text)' is neither a list of hosts, such as node[0-3], nor of ranks, such as 0-3.")
    }
    return names
  }

  /// One operation for each of the nodes.
  func mutations(_ operation: String, _ members: JSONObject = [:]) -> [JSONValue] {
    nodes.map { node in
      var object: JSONObject = ["op": .string(operation), "vertex": node["id"] ?? .null]
      for member in members.members { object[member.name] = member.value }
      return .object(object)
    }
  }
}

/// Nodes that have something in common, as one line of a table.
struct NodeGroup {
  var names: [String] = []
  var cores = 0
  var gpus = 0
  var freeCores = 0

  mutating func add(_ node: JSONValue) {
    names.append(node["name"]?.string ?? "?")
    cores += Self.count(node, "core", "total")
    gpus += Self.count(node, "gpu", "total")
    freeCores += Self.count(node, "core", "free")
  }

  var nodelist: String { (try? Hostlist(names))?.description ?? names.joined(separator: ",") }

  private static func count(_ node: JSONValue, _ type: String, _ member: String) -> Int {
    Int(node["resources"]?[type]?[member]?.number ?? 0)
  }
}

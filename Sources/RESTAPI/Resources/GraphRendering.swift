import Hosting
import ResourceFormats
import ResourceGraph
import Vocabulary

/// Vertices, nodes and changes as the API shows them.
enum GraphRendering {
  // MARK: Vertices

  static func write(_ vertex: VertexID, _ graph: ResourceGraph, to writer: inout JSONWriter) {
    writer.object { writer in writeMembers(vertex, graph, to: &writer) }
  }

  static func writeMembers(_ vertex: VertexID, _ graph: ResourceGraph, to writer: inout JSONWriter) {
    guard let view = graph.view(of: vertex) else { return }
    writer.field("id", UInt64(vertex.rawValue))
    writer.field("path", graph.path(of: vertex))
    writer.field("type", view.type)
    writer.field("basename", view.basename)
    writer.field("name", view.name)
    writer.field("number", view.id)
    if let rank = view.rank { writer.field("rank", rank) } else { writer.nullField("rank") }
    writer.field("size", view.size)
    writer.field("unit", view.unit)
    writer.field("taken", graph.taken(of: vertex))
    writer.field("status", view.isDown ? "down" : "up")
    writer.field("excluded", view.isExcluded)
    write(view.drain, to: &writer)
    writer.name("properties")
    writer.object { writer in
      for property in view.properties {
        writer.name(escaping: property.key)
        writer.value(property.value)
      }
    }
    if let parent = view.parent { writer.field("parent", UInt64(parent.rawValue)) } else { writer.nullField("parent") }
    writer.field("children", graph.children(of: vertex).count)
  }

  private static func write(_ drain: Drain?, to writer: inout JSONWriter) {
    guard let drain else { return writer.nullField("drain") }
    writer.name("drain")
    writer.object { writer in
      writer.field("reason", drain.reason)
      writer.field("timestamp", drain.at)
    }
  }

  // MARK: Nodes

  /// A host with sums of what it holds.
  static func writeNode(_ host: VertexID, _ graph: ResourceGraph, isLeaving: Bool, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("state", NodeState(host, graph, isLeaving: isLeaving).rawValue)
      writeMembers(host, graph, to: &writer)
      writer.name("resources")
      writer.object { writer in
        for sum in graph.sums(beneath: host) {
          writer.name(escaping: sum.type)
          writer.object { writer in
            writer.field("total", sum.total)
            writer.field("free", sum.free)
          }
        }
      }
    }
  }

  // MARK: Changes

  /// Of one change at most these are told in an event; the graph itself has all.
  private static let toldChanges = 64

  static func write(_ changes: [GraphChange], to writer: inout JSONWriter) {
    writer.field("count", changes.count)
    writer.name("changes")
    writer.array { writer in
      for change in changes.prefix(toldChanges) { writer.object { write(change, to: &$0) } }
    }
  }

  private static func write(_ change: GraphChange, to writer: inout JSONWriter) {
    func vertex(_ operation: String, _ vertex: VertexID) {
      writer.field("op", operation)
      writer.field("vertex", UInt64(vertex.rawValue))
    }
    switch change {
    case .add(let fragment, let parent):
      writer.field("op", "add")
      if let parent { writer.field("parent", UInt64(parent.rawValue)) }
      writer.field("recipe", Recipe.text(of: fragment))
    case .remove(let number): vertex("remove", number)
    case .setStatus(let number, let status):
      vertex("set_status", number)
      writer.field("status", status == .up ? "up" : "down")
    case .drain(let number, let drain):
      vertex(drain == nil ? "undrain" : "drain", number)
      if let drain { writer.field("reason", drain.reason) }
    case .exclude(let number, let isExcluded):
      vertex("exclude", number)
      writer.field("excluded", isExcluded)
    case .setProperties(let number, let properties):
      vertex("set_properties", number)
      writer.name("properties")
      writer.object { writer in
        for property in properties {
          writer.name(escaping: property.key)
          if let value = property.value { writer.value(value) } else { writer.null() }
        }
      }
    case .resize(let number, let size):
      vertex("resize", number)
      writer.field("size", size)
    case .addEdge(let edge), .removeEdge(let edge):
      writer.field("op", { if case .addEdge = change { "add_edge" } else { "remove_edge" } }())
      writer.field("subsystem", edge.subsystem)
      writer.field("source", UInt64(edge.source.rawValue))
      writer.field("target", UInt64(edge.target.rawValue))
    }
  }
}

extension JSONWriter {
  /// Units with at most three decimals, as a number.
  mutating func field(_ name: StaticString, _ amount: Amount) {
    self.name(name)
    raw(Array(amount.text.utf8))
  }
}

/// What a host is doing, in one word.
///
/// - Source: `flux resource list` and `flux resource drain` tell free, allocated, down, drained and draining.
enum NodeState: String {
  case free
  /// Some of it is held.
  case mixed
  case allocated
  case draining
  case drained
  case down
  case excluded
  /// It goes when nothing there is held.
  case leaving

  init(_ host: VertexID, _ graph: ResourceGraph, isLeaving: Bool) {
    guard let view = graph.view(of: host) else {
      self = .down
      return
    }
    let isInUse = graph.isInUse(host)
    if isLeaving {
      self = .leaving
    } else if view.isExcluded {
      self = .excluded
    } else if view.isDown {
      self = .down
    } else if view.drain != nil {
      self = isInUse ? .draining : .drained
    } else if !isInUse {
      self = .free
    } else {
      self = graph.sums(beneath: host).contains { $0.type == "core" && $0.free > .zero } ? .mixed : .allocated
    }
  }
}

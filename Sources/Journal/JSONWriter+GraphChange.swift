import ResourceGraph
import Vocabulary

/// The members that state everything a change of the resource graph does.
extension JSONWriter {
  mutating func fields(of change: GraphChange) {
    switch change {
    case .add(let fragment, let parent):
      field("op", static: "add")
      if let parent { field("parent", UInt64(parent.rawValue)) }
      object("fragment") { $0.fields(of: fragment) }
    case .remove(let vertex): begin("remove", vertex)
    case .setStatus(let vertex, let status):
      begin("set_status", vertex)
      field("status", static: status == .up ? "up" : "down")
    case .drain(let vertex, let drain):
      begin("drain", vertex)
      guard let drain else { return nullField("reason") }
      field("reason", drain.reason)
      field("at", drain.at)
    case .exclude(let vertex, let isExcluded):
      begin("exclude", vertex)
      field("excluded", isExcluded)
    case .setProperties(let vertex, let changes):
      begin("set_properties", vertex)
      list("properties", changes) { json, change in
        json.object { json in
          json.field("key", change.key)
          if let value = change.value { json.field("value", value) } else { json.nullField("value") }
        }
      }
    case .resize(let vertex, let size):
      begin("resize", vertex)
      field("thousandths", size.thousandths)
    case .addEdge(let edge):
      field("op", static: "add_edge")
      fields(of: edge)
    case .removeEdge(let edge):
      field("op", static: "remove_edge")
      fields(of: edge)
    }
  }

  private mutating func begin(_ operation: StaticString, _ vertex: VertexID) {
    field("op", static: operation)
    field("vertex", UInt64(vertex.rawValue))
  }

  private mutating func fields(of edge: GraphEdge) {
    field("subsystem", edge.subsystem)
    field("source", UInt64(edge.source.rawValue))
    field("target", UInt64(edge.target.rawValue))
    field("relationship", edge.relationship)
  }

  private mutating func fields(of fragment: Fragment) {
    field("type", fragment.type)
    if let basename = fragment.basename { field("basename", basename) }
    field("count", fragment.count)
    if let names = fragment.names { field("names", names.description) }
    if let first = fragment.firstID { field("first_id", first) }
    if let first = fragment.firstRank { field("first_rank", first) }
    field("thousandths", fragment.size.thousandths)
    field("unit", fragment.unit)
    field("status", static: fragment.status == .up ? "up" : "down")
    list("properties", fragment.properties) { json, property in
      json.object { json in
        json.field("key", property.key)
        json.field("value", property.value)
      }
    }
    list("cpus", fragment.cpus) { $0.value($1) }
    list("children", fragment.children) { json, child in json.object { $0.fields(of: child) } }
  }
}

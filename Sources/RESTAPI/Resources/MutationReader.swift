import BrokerCore
import Jobspec
import ResourceFormats
import ResourceGraph
import Vocabulary

/// Turns the body of `POST /v1/graph/mutations` into operations.
enum MutationReader {
  private static let operations: [String: [String]] = [
    "add": ["op", "parent", "recipe", "graph"],
    "remove": ["op", "path", "vertex", "mode"],
    "set_status": ["op", "path", "vertex", "status"],
    "drain": ["op", "path", "vertex", "reason"],
    "undrain": ["op", "path", "vertex"],
    "exclude": ["op", "path", "vertex", "excluded"],
    "set_properties": ["op", "path", "vertex", "properties"],
    "resize": ["op", "path", "vertex", "size"],
    "add_edge": ["op", "subsystem", "source", "target", "relationship"],
    "remove_edge": ["op", "subsystem", "source", "target", "relationship"],
  ]

  /// A containment path: as deep as a graph may be, of names as long as they may be.
  private static let maximumPathBytes = GraphLimits.maximumDepth * (GraphLimits.maximumNameBytes + 1)

  /// - Parameter list: the member `mutations`.
  static func operations(_ list: JSONValue?, at pointer: String = "/mutations") throws(Problem)
    -> [GraphMutation.Operation]
  {
    guard let elements = list?.array, !elements.isEmpty, elements.count <= GraphMutation.maximumOperations else {
      throw Problem(invalid: pointer, "must be a list of 1 to \(GraphMutation.maximumOperations) operations")
    }
    var read: [GraphMutation.Operation] = []
    for (index, element) in elements.enumerated() { read.append(try operation(element, at: "\(pointer)/\(index)")) }
    return read
  }

  private static func operation(_ value: JSONValue, at pointer: String) throws(Problem) -> GraphMutation.Operation {
    guard let name = value.object?["op"]?.string, let members = operations[name] else {
      let known = operations.keys.sorted().joined(separator: ", ")
      throw Problem(invalid: "\(pointer)/op", "must be one of \(known)")
    }
    let fields = try ClosedObject(value, at: pointer, allowing: members)
    switch name {
    case "add": return try addition(fields)
    case "remove":
      let text = try fields.text("mode", upTo: 16) ?? RemovalMode.reject.name
      guard let mode = RemovalMode(name: text) else {
        throw Problem(invalid: fields.pointer("mode"), "must be one of reject, drain, evict")
      }
      return .remove(try reference(fields), mode)
    case "set_status": return .setStatus(try reference(fields), try status(fields))
    case "drain": return .drain(try reference(fields), reason: try reason(fields))
    case "undrain": return .drain(try reference(fields), reason: nil)
    case "exclude":
      guard fields.given("excluded") != nil else { throw Problem(invalid: fields.pointer("excluded"), "is required") }
      return .exclude(try reference(fields), try fields.flag("excluded"))
    case "set_properties": return .setProperties(try reference(fields), try properties(fields))
    case "resize": return .resize(try reference(fields), try size(fields))
    case "add_edge": return .addEdge(try edge(fields))
    default: return .removeEdge(try edge(fields))
    }
  }

  // MARK: Members

  private static func addition(_ fields: ClosedObject) throws(Problem) -> GraphMutation.Operation {
    let parent = try required("parent", fields)
    let document: GraphDocument
    switch (fields.given("recipe"), fields.given("graph")) {
    case (let recipe?, nil):
      document = try read(at: fields.pointer("recipe")) { () throws(FormatError) in
        try Recipe.read(recipe, roots: .several)
      }
    case (nil, let graph?):
      // `pointer` of a reader is where it finds the graph; faults come back with it.
      var reader = JGFReader(roots: .several, pointer: fields.pointer("graph"))
      reader.addGraph(graph)
      document = try read(at: "") { () throws(FormatError) in try reader.finish() }
    default:
      throw Problem(invalid: fields.pointer("recipe"), "either recipe or graph is required, and not both")
    }
    return .add(document, under: .path(parent))
  }

  private static func read(
    at pointer: String, _ body: () throws(FormatError) -> GraphDocument
  ) throws(Problem) -> GraphDocument {
    do throws(FormatError) {
      return try body()
    } catch {
      switch error {
      case .malformed(_, let message): throw Problem(invalid: pointer, message)
      case .invalid(let faults):
        let all = faults.map { Fault(pointer: pointer + $0.pointer, message: $0.message) }
        var problem = Problem(422, "invalid", all.first.map { "\($0.pointer): \($0.message)" } ?? "is invalid")
        problem.faults = all
        throw problem
      }
    }
  }

  private static func reference(_ fields: ClosedObject) throws(Problem) -> VertexReference {
    switch (fields.given("path"), fields.given("vertex")) {
    case (.some, nil): return .path(try required("path", fields))
    case (nil, .some):
      return .number(VertexID(UInt32(try fields.integer("vertex", in: 0...Int64(ResourceGraph.maximumVertices)) ?? 0)))
    default: throw Problem(invalid: fields.pointer("path"), "either path or vertex is required, and not both")
    }
  }

  private static func required(_ name: String, _ fields: ClosedObject) throws(Problem) -> String {
    guard let text = try fields.text(name, upTo: maximumPathBytes), !text.isEmpty else {
      throw Problem(invalid: fields.pointer(name), "is required")
    }
    return text
  }

  private static func status(_ fields: ClosedObject) throws(Problem) -> VertexStatus {
    switch try fields.text("status", upTo: 16) {
    case "up": return .up
    case "down": return .down
    default: throw Problem(invalid: fields.pointer("status"), "must be up or down")
    }
  }

  static func reason(_ fields: ClosedObject) throws(Problem) -> String {
    try fields.text("reason", upTo: GraphLimits.maximumReasonBytes) ?? ""
  }

  private static func properties(_ fields: ClosedObject) throws(Problem) -> [PropertyChange] {
    guard let object = fields.given("properties")?.object, !object.isEmpty else {
      throw Problem(invalid: fields.pointer("properties"), "must be an object of texts, or null to remove one")
    }
    guard object.members.count <= GraphLimits.maximumProperties else {
      throw Problem(invalid: fields.pointer("properties"), "must be at most \(GraphLimits.maximumProperties)")
    }
    var changes: [PropertyChange] = []
    for member in object.members {
      guard member.value == .null || member.value.string != nil else {
        throw Problem(invalid: "\(fields.pointer("properties"))/\(member.name)", "must be a text, or null to remove it")
      }
      changes.append(PropertyChange(key: member.name, value: member.value.string))
    }
    return changes
  }

  private static func size(_ fields: ClosedObject) throws(Problem) -> Amount {
    let refusal = Problem(
      invalid: fields.pointer("size"), "must be a number above zero with at most three decimals")
    switch fields.given("size") {
    case .integer(let units):
      guard let amount = Amount(units: units), units > 0 else { throw refusal }
      return amount
    case .real(let units):
      let thousandths = units * 1_000
      guard thousandths >= 1, thousandths < 9e17, thousandths.rounded() == thousandths else { throw refusal }
      return Amount(thousandths: Int64(thousandths))
    default: throw refusal
    }
  }

  private static func edge(_ fields: ClosedObject) throws(Problem) -> EdgeDescription {
    EdgeDescription(
      subsystem: try required("subsystem", fields), source: try required("source", fields),
      target: try required("target", fields),
      relationship: try fields.text("relationship", upTo: GraphLimits.maximumTypeBytes) ?? "")
  }
}

import ResourceGraph
public import Vocabulary

/// Writes a graph in Fluxion's dialect of the JSON Graph Format, piece by piece.
///
/// Vertices first, then edges, then `end`; `takeChunk` may be called at any time in between, so that a large graph is
/// never in memory as text. RFC 40 asks for more members than Fluxion writes; both are satisfied, but for `uuid`.
public struct JGFWriter: Sendable {
  private enum Section {
    case nodes
    case edges
    case ended
  }

  private var writer: JSONWriter
  private var section = Section.nodes
  /// Whether the next element follows one that was taken away with an earlier chunk.
  private var isContinued = false
  private var chunk: [UInt8]

  public init(reservingCapacity capacity: Int = 65_536) {
    writer = JSONWriter(reservingCapacity: capacity)
    chunk = Array("{\"graph\":{\"nodes\":[".utf8)
  }

  /// - Precondition: no edge was written.
  public mutating func append(_ vertex: JGFVertex) {
    precondition(section == .nodes, "nodes are written before edges")
    Self.appendVertex(vertex, to: &writer)
  }

  public mutating func append(_ edge: JGFEdge) {
    precondition(section != .ended, "the text is not ended")
    if section == .nodes { beginEdges() }
    Self.appendEdge(edge, to: &writer)
  }

  /// Closes the text; what is left is to be taken once more.
  public mutating func end() {
    precondition(section != .ended, "the text is ended once")
    if section == .nodes { beginEdges() }
    flush()
    chunk.append(contentsOf: Array("]}}".utf8))
    section = .ended
  }

  /// What was written since the last time.
  public mutating func takeChunk() -> [UInt8] {
    flush()
    var taken: [UInt8] = []
    swap(&taken, &chunk)
    return taken
  }

  private mutating func beginEdges() {
    flush()
    chunk.append(contentsOf: Array("],\"edges\":[".utf8))
    isContinued = false
    section = .edges
  }

  /// Moves the elements behind what is around them.
  private mutating func flush() {
    guard writer.count > 0 else { return }
    if isContinued { chunk.append(UInt8(ascii: ",")) }
    let elements = writer.take()
    if chunk.isEmpty { chunk = elements } else { chunk.append(contentsOf: elements) }
    isContinued = true
  }
}

extension JGFWriter {
  /// Writes one element of `nodes`.
  public static func appendVertex(_ vertex: JGFVertex, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("id", String(vertex.uniqueID))
      writer.object("metadata") { writer in
        writer.field("type", vertex.type)
        writer.field("basename", vertex.basename)
        writer.field("name", vertex.name)
        writer.field("id", vertex.id)
        writer.field("uniq_id", Int64(vertex.uniqueID))
        writer.field("rank", vertex.rank ?? -1)
        if vertex.status == .down { writer.field("status", 1) }
        writer.field("exclusive", vertex.isExclusive)
        writer.field("unit", vertex.unit)
        writer.name("size")
        appendSize(vertex.size, to: &writer)
        writer.object("paths") { $0.field("containment", vertex.path) }
        if !vertex.properties.isEmpty { writer.object("properties") { appendProperties(vertex.properties, to: &$0) } }
      }
    }
  }

  /// Writes one element of `edges`.
  public static func appendEdge(_ edge: JGFEdge, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("source", String(edge.source))
      writer.field("target", String(edge.target))
      writer.object("metadata") { writer in
        writer.field("subsystem", edge.subsystem)
        if !edge.relationship.isEmpty { writer.field("relationship", edge.relationship) }
      }
    }
  }

  private static func appendSize(_ size: Amount, to writer: inout JSONWriter) {
    guard size.thousandths % 1_000 != 0 else { return writer.value(size.wholeUnits) }
    var digits: [UInt8] = []
    size.append(to: &digits)
    writer.raw(digits)
  }

  private static func appendProperties(_ properties: [Property], to writer: inout JSONWriter) {
    for property in properties {
      writer.name(escaping: property.key)
      writer.value(property.value)
    }
  }
}

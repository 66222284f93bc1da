public import Vocabulary

/// A whole graph as it was described, in the log.
extension GraphDocument {
  public func pack(into writer: inout PackedWriter) {
    writer.writeList(fragments) { $1.pack(into: &$0) }
    writer.writeList(edges) { writer, edge in
      writer.write(edge.subsystem)
      writer.write(edge.source)
      writer.write(edge.target)
      writer.write(edge.relationship)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      fragments: try reader.readList { (reader) throws(PackedError) in try Fragment(unpacking: &reader) },
      edges: try reader.readList { (reader) throws(PackedError) in
        EdgeDescription(
          subsystem: try reader.readString(), source: try reader.readString(), target: try reader.readString(),
          relationship: try reader.readString())
      })
  }
}

public import Vocabulary

/// Numbers are never reused and a packed form never changes: a new form is a new number.
extension GraphChange {
  public func pack(into writer: inout PackedWriter) {
    switch self {
    case .add(let fragment, let parent):
      writer.write(UInt8(1))
      fragment.pack(into: &writer)
      writer.writeOptional(parent) { $1.pack(into: &$0) }
    case .remove(let vertex):
      writer.write(UInt8(2))
      vertex.pack(into: &writer)
    case .setStatus(let vertex, let status):
      writer.write(UInt8(3))
      vertex.pack(into: &writer)
      writer.write(status.rawValue)
    case .drain(let vertex, let drain):
      writer.write(UInt8(4))
      vertex.pack(into: &writer)
      writer.writeOptional(drain) { $1.pack(into: &$0) }
    case .exclude(let vertex, let isExcluded):
      writer.write(UInt8(5))
      vertex.pack(into: &writer)
      writer.write(isExcluded)
    case .setProperties(let vertex, let changes):
      writer.write(UInt8(6))
      vertex.pack(into: &writer)
      writer.writeList(changes) { writer, change in
        writer.write(change.key)
        writer.writeOptional(change.value) { $0.write($1) }
      }
    case .resize(let vertex, let size):
      writer.write(UInt8(7))
      vertex.pack(into: &writer)
      writer.write(size)
    case .addEdge(let edge):
      writer.write(UInt8(8))
      edge.pack(into: &writer)
    case .removeEdge(let edge):
      writer.write(UInt8(9))
      edge.pack(into: &writer)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 1:
      self = .add(
        try Fragment(unpacking: &reader),
        under: try reader.readOptional { (reader) throws(PackedError) in try VertexID(unpacking: &reader) })
    case 2: self = .remove(try VertexID(unpacking: &reader))
    case 3: self = .setStatus(try VertexID(unpacking: &reader), try VertexStatus(unpacking: &reader))
    case 4:
      self = .drain(
        try VertexID(unpacking: &reader),
        try reader.readOptional { (reader) throws(PackedError) in try Drain(unpacking: &reader) })
    case 5: self = .exclude(try VertexID(unpacking: &reader), try reader.readBool())
    case 6:
      self = .setProperties(
        try VertexID(unpacking: &reader),
        try reader.readList { (reader) throws(PackedError) in
          PropertyChange(
            key: try reader.readString(),
            value: try reader.readOptional { (reader) throws(PackedError) in try reader.readString() })
        })
    case 7: self = .resize(try VertexID(unpacking: &reader), try reader.readAmount())
    case 8: self = .addEdge(try GraphEdge(unpacking: &reader))
    case 9: self = .removeEdge(try GraphEdge(unpacking: &reader))
    default: throw .invalid("change of the graph", offset: reader.offset)
    }
  }
}

extension VertexID {
  public func pack(into writer: inout PackedWriter) { writer.write(rawValue) }
  public init(unpacking reader: inout PackedReader) throws(PackedError) { self.init(try reader.readUInt32()) }
}

extension Drain {
  func pack(into writer: inout PackedWriter) {
    writer.write(reason)
    writer.write(at)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(reason: try reader.readString(), at: try reader.readTimestamp())
  }
}

extension GraphEdge {
  func pack(into writer: inout PackedWriter) {
    writer.write(subsystem)
    source.pack(into: &writer)
    target.pack(into: &writer)
    writer.write(relationship)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      subsystem: try reader.readString(), source: try VertexID(unpacking: &reader),
      target: try VertexID(unpacking: &reader), relationship: try reader.readString())
  }
}

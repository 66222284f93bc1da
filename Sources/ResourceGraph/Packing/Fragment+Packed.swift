public import Vocabulary

/// How a fragment is kept in the log: as compact as it was asked for.
extension Fragment {
  public func pack(into writer: inout PackedWriter) {
    writer.write(type)
    writer.writeOptional(basename) { $0.write($1) }
    writer.write(count)
    writer.writeOptional(names?.description) { $0.write($1) }
    writer.writeOptional(firstID) { $0.write($1) }
    writer.write(size)
    writer.write(unit)
    writer.write(status.rawValue)
    writer.writeList(properties) { $1.pack(into: &$0) }
    writer.writeList(cpus) { $0.write($1) }
    writer.writeOptional(firstRank) { $0.write($1) }
    writer.writeList(children) { $1.pack(into: &$0) }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    try self.init(unpacking: &reader, depth: 0)
  }

  private init(unpacking reader: inout PackedReader, depth: Int) throws(PackedError) {
    guard depth < GraphLimits.maximumDepth else { throw .invalid("fragment too deep", offset: reader.offset) }
    self.init(type: try reader.readString())
    basename = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    count = try reader.readInt()
    names = try reader.readOptional { (reader) throws(PackedError) in try Self.names(from: &reader) }
    firstID = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt() }
    size = try reader.readAmount()
    unit = try reader.readString()
    status = try VertexStatus(unpacking: &reader)
    properties = try reader.readList { (reader) throws(PackedError) in try Property(unpacking: &reader) }
    cpus = try reader.readList { (reader) throws(PackedError) in try reader.readInt() }
    firstRank = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt() }
    children = try reader.readList { (reader) throws(PackedError) in
      try Fragment(unpacking: &reader, depth: depth + 1)
    }
  }

  private static func names(from reader: inout PackedReader) throws(PackedError) -> Hostlist {
    let text = try reader.readString()
    guard let names = try? Hostlist(parsing: text) else { throw .invalid("names of a fragment", offset: reader.offset) }
    return names
  }
}

extension Property {
  func pack(into writer: inout PackedWriter) {
    writer.write(key)
    writer.write(value)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(key: try reader.readString(), value: try reader.readString())
  }
}

extension VertexStatus {
  init(unpacking reader: inout PackedReader) throws(PackedError) {
    guard let status = VertexStatus(rawValue: try reader.readByte()) else {
      throw .invalid("status of a vertex", offset: reader.offset)
    }
    self = status
  }
}

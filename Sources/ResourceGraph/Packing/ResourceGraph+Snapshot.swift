import Persistent
import Vocabulary

/// A graph in a snapshot: its vertices and what hangs on them. Sums, indexes and search trees are worked out again, and
/// what is held follows from those who hold it.
extension ResourceGraph {
  enum SnapshotPart: UInt8 {
    case head = 1
    case vertices = 2
  }

  /// Vertices in one chunk: some 600 KiB.
  static let verticesPerChunk = 65_536

  /// - Parameter emit: takes the next chunk; what it throws ends the writing.
  public func packSnapshot<E: Error>(_ emit: ([UInt8]) throws(E) -> Void) throws(E) {
    try emit(packedHead())
    var writer = PackedWriter(reservingCapacity: 1 << 20)
    var next: UInt32 = 0
    while next < vertices.count {
      let end = min(next + UInt32(Self.verticesPerChunk), UInt32(vertices.count))
      writer.removeAll()
      writer.write(SnapshotPart.vertices.rawValue)
      writer.write(UInt64(end - next))
      for number in next..<end { pack(number, into: &writer) }
      try emit(writer.bytes)
      next = end
    }
  }

  private func packedHead() -> [UInt8] {
    var writer = PackedWriter()
    writer.write(SnapshotPart.head.rawValue)
    writer.write(version)
    writer.writeList(names.words) { $0.write($1) }
    writer.writeList(auxiliaryTypes.sorted()) { $0.write(UInt32($1)) }
    writer.write(nextHostID)
    writer.write(vertices.count)
    writer.writeList(Array(hosts)) { $0.write($1) }
    writer.writeList(Array(customNames)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value)
    }
    writer.writeList(Array(properties)) { writer, entry in
      writer.write(entry.key)
      writer.writeList(entry.value) { $1.pack(into: &$0) }
    }
    writer.writeList(Array(drains)) { writer, entry in
      writer.write(entry.key)
      entry.value.pack(into: &writer)
    }
    writer.writeList(Array(hardware)) { writer, entry in
      writer.write(entry.key)
      writer.writeList(entry.value) { $0.write($1) }
    }
    writer.writeList(Array(edges)) { writer, edge in
      writer.write(edge.source)
      writer.write(UInt32(edge.subsystem))
      writer.write(edge.target)
      writer.write(UInt32(edge.relationship))
    }
    return writer.bytes
  }

  private func pack(_ number: UInt32, into writer: inout PackedWriter) {
    let vertex = self[number]
    var marks = VertexMarks(rawValue: UInt8(truncatingIfNeeded: vertex.flags.intersection(.kept).rawValue))
    if vertex.hasInterior { marks.insert(.hasInterior) }
    if isDetached(number, vertex) { marks.insert(.detached) }
    writer.write(marks.rawValue)
    writer.write(UInt32(vertex.type))
    writer.write(UInt32(vertex.basename))
    writer.write(UInt32(vertex.unit))
    writer.write(vertex.size)
    writer.write(Int(vertex.id))
    // Parents come before their children, and mostly just before.
    writer.write(vertex.parent == Vertex.none ? 0 : number - vertex.parent)
  }

  /// Whether it was removed by itself, rather than with what contains it.
  private func isDetached(_ number: UInt32, _ vertex: Vertex) -> Bool {
    guard vertex.flags.contains(.removed), vertex.parent != Vertex.none else { return false }
    let siblings = interiors[Int(self[vertex.parent].interior)].children
    return Int(vertex.slot) >= siblings.count || siblings[Int(vertex.slot)] != number
  }
}

extension Vertex.Flags {
  /// What a snapshot keeps of them; `heldWhole` follows from who holds the vertex.
  static let kept: Vertex.Flags = [.down, .drained, .excluded, .removed, .named]
}

/// A vertex's flags in a snapshot, and two facts about its place.
struct VertexMarks: OptionSet {
  let rawValue: UInt8

  static let hasInterior = VertexMarks(rawValue: 64)
  static let detached = VertexMarks(rawValue: 128)

  var flags: Vertex.Flags { Vertex.Flags(rawValue: UInt16(rawValue)).intersection(.kept) }
}

public import Vocabulary

/// So much of one vertex.
public struct Grant: Hashable, Sendable {
  public let vertex: VertexID
  public let amount: Amount

  @inlinable public init(vertex: VertexID, amount: Amount) {
    self.vertex = vertex
    self.amount = amount
  }
}

/// What a job holds: the internal form of R.
///
/// R_lite, JGF and ranks are renderings of it (see `ResourceGraph.shares`). The version rises whenever a running job's
/// resources grow or shrink.
public struct Allocation: Hashable, Sendable {
  public let version: UInt32
  /// By ascending vertex, one grant a vertex.
  public let grants: [Grant]
  /// When the job's time is up; `nil`: never. Time alone frees nothing.
  public let expiration: Timestamp?

  public init(version: UInt32 = 1, grants: [Grant], expiration: Timestamp?) {
    self.version = version
    self.grants = grants
    self.expiration = expiration
  }
}

extension Allocation {
  public func pack(into writer: inout PackedWriter) {
    writer.write(version)
    writer.writeOptional(expiration) { $0.write($1) }
    grants.pack(into: &writer)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    version = try reader.readUInt32()
    expiration = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() }
    grants = try [Grant](unpacking: &reader)
  }
}

extension [Grant] {
  /// Runs of neighbouring vertices with equal amounts: a whole node is one entry.
  public func pack(into writer: inout PackedWriter) {
    var runs: [(first: UInt32, count: UInt32, amount: Amount)] = []
    for grant in self {
      if let last = runs.last, last.amount == grant.amount, last.first + last.count == grant.vertex.rawValue {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((grant.vertex.rawValue, 1, grant.amount))
      }
    }
    writer.writeList(runs) { writer, run in
      writer.write(run.first)
      writer.write(run.count)
      writer.write(run.amount)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let runs = try reader.readList { (reader) throws(PackedError) in
      (first: try reader.readUInt32(), count: try reader.readUInt32(), amount: try reader.readAmount())
    }
    self = []
    for run in runs {
      guard run.count <= ResourceGraph.maximumVertices, run.first <= UInt32.max - run.count,
        count + Int(run.count) <= ResourceGraph.maximumVertices
      else {
        throw .invalid("run of vertices", offset: reader.offset)
      }
      for vertex in run.first..<run.first + run.count {
        append(Grant(vertex: VertexID(vertex), amount: run.amount))
      }
    }
  }
}

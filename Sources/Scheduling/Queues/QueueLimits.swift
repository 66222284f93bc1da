public import Vocabulary

/// How large and how long a queue's jobs may be; `nil`: no limit.
///
/// - Source: flux-config-policy(5), `limits`.
public struct QueueLimits: Hashable, Sendable {
  public var maximumDuration: TimeSpan?
  public var nodes = Bounds()
  public var cores = Bounds()
  public var gpus = Bounds()

  public init() {}

  /// How many of a resource one job may ask for.
  public struct Bounds: Hashable, Sendable {
    public var least: Int?
    public var most: Int?

    public init(least: Int? = nil, most: Int? = nil) {
      self.least = least
      self.most = most
    }
  }
}

extension QueueLimits {
  func pack(into writer: inout PackedWriter) {
    writer.writeOptional(maximumDuration) { $0.write($1) }
    for bounds in [nodes, cores, gpus] {
      writer.writeOptional(bounds.least) { $0.write($1) }
      writer.writeOptional(bounds.most) { $0.write($1) }
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    maximumDuration = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimeSpan() }
    nodes = try Bounds(unpacking: &reader)
    cores = try Bounds(unpacking: &reader)
    gpus = try Bounds(unpacking: &reader)
  }
}

extension QueueLimits.Bounds {
  fileprivate init(unpacking reader: inout PackedReader) throws(PackedError) {
    least = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt() }
    most = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt() }
  }
}

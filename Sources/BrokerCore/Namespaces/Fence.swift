public import Jobs
public import KeyValues
public import Vocabulary

/// Where participants meet: a fence of a namespace, or a barrier of a user.
public struct FenceID: Hashable, Comparable, Sendable {
  public enum Kind: UInt8, Sendable { case fence, barrier }

  public let kind: Kind
  /// The fence's namespace; for a barrier only its user counts.
  public let scope: NamespaceID
  public let name: NamespaceName

  public init(fence name: NamespaceName, of namespace: NamespaceID) {
    kind = .fence
    scope = namespace
    self.name = name
  }

  public init(barrier name: NamespaceName, userID: UInt32) {
    kind = .barrier
    scope = NamespaceID(userID: userID, name: name)
    self.name = name
  }

  public static func < (a: Self, b: Self) -> Bool {
    if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
    return a.scope != b.scope ? a.scope < b.scope : a.name < b.name
  }

  func pack(into writer: inout PackedWriter) {
    writer.write(kind.rawValue)
    scope.pack(into: &writer)
    name.pack(into: &writer)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    guard let kind = Kind(rawValue: try reader.readByte()) else { throw .invalid("fence", offset: reader.offset) }
    self.kind = kind
    scope = try NamespaceID(unpacking: &reader)
    name = try NamespaceName(unpacking: &reader)
  }
}

/// One participant's arrival, and what it wants done when all have come.
public struct FenceArrival: Sendable, Equatable {
  public let fence: FenceID
  /// How many participants it takes.
  public let size: Int
  public let participant: String
  /// As asked: links are resolved when all have come.
  public let changes: [Change]

  public init(fence: FenceID, size: Int, participant: String, changes: [Change]) {
    self.fence = fence
    self.size = size
    self.participant = participant
    self.changes = changes
  }

  func pack(into writer: inout PackedWriter) {
    fence.pack(into: &writer)
    writer.write(size)
    writer.write(participant)
    writer.writeList(changes) { $1.pack(into: &$0) }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    fence = try FenceID(unpacking: &reader)
    size = try reader.readInt()
    participant = try reader.readString()
    changes = try reader.readList { (reader) throws(PackedError) in try Change(unpacking: &reader) }
  }
}

/// A round that is not complete.
public struct FenceRound: Sendable, Equatable {
  public let owner: Principal
  public let size: Int
  /// What they want done, in the order of their arrival.
  public internal(set) var changes: [[Change]] = []
  public internal(set) var participants: Set<String> = []
  /// Keys and values of the changes.
  var bytes = 0
  /// When the last one came.
  public internal(set) var at: Timestamp

  var changeCount: Int { changes.reduce(0) { $0 + $1.count } }

  func pack(into writer: inout PackedWriter) {
    owner.pack(into: &writer)
    writer.write(size)
    writer.writeList(changes) { writer, changes in writer.writeList(changes) { $1.pack(into: &$0) } }
    writer.writeList(participants.sorted()) { $0.write($1) }
    writer.write(at)
  }

  init(owner: Principal, size: Int, at: Timestamp) {
    self.owner = owner
    self.size = size
    self.at = at
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    owner = try Principal(unpacking: &reader)
    size = try reader.readInt()
    changes = try reader.readList { (reader) throws(PackedError) in
      try reader.readList { (reader) throws(PackedError) in try Change(unpacking: &reader) }
    }
    participants = Set(try reader.readList { (reader) throws(PackedError) in try reader.readString() })
    at = try reader.readTimestamp()
    bytes = changes.reduce(0) { $0 + $1.weight }
  }
}

/// What a round came to.
public enum FenceOutcome: Sendable, Equatable {
  /// Position of the commit; of the last arrival where there was nothing to commit.
  case complete(revision: UInt64)
  /// Nothing was committed.
  case failed(String)

  func pack(into writer: inout PackedWriter) {
    switch self {
    case .complete(let revision):
      writer.write(UInt8(0))
      writer.write(revision)
    case .failed(let reason):
      writer.write(UInt8(1))
      writer.write(reason)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 0: self = .complete(revision: try reader.readUInt64())
    case 1: self = .failed(try reader.readString())
    default: throw .invalid("outcome of a fence", offset: reader.offset)
    }
  }
}

/// A completed round, remembered so that a participant whose answer was lost can ask again.
public struct FenceMemory: Sendable, Equatable {
  public let participants: Set<String>
  public let outcome: FenceOutcome
  public let at: Timestamp

  init(participants: Set<String>, outcome: FenceOutcome, at: Timestamp) {
    self.participants = participants
    self.outcome = outcome
    self.at = at
  }

  func pack(into writer: inout PackedWriter) {
    writer.writeList(participants.sorted()) { $0.write($1) }
    outcome.pack(into: &writer)
    writer.write(at)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    participants = Set(try reader.readList { (reader) throws(PackedError) in try reader.readString() })
    outcome = try FenceOutcome(unpacking: &reader)
    at = try reader.readTimestamp()
  }
}

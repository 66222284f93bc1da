public import Jobs
public import Vocabulary

/// A topic whose messages are in the log, so that its streams resume.
public struct DurableTopic: Sendable {
  /// The same topic of two users is two topics.
  public struct Key: Hashable, Comparable, Sendable {
    public let userID: UInt32
    public let topic: String

    public init(userID: UInt32, topic: String) {
      self.userID = userID
      self.topic = topic
    }

    public static func < (a: Self, b: Self) -> Bool {
      a.userID != b.userID ? a.userID < b.userID : a.topic < b.topic
    }
  }

  public let owner: Principal
  public let topic: String
  public let declaredAt: Timestamp

  var key: Key { Key(userID: owner.userID, topic: topic) }

  func pack(into writer: inout PackedWriter) {
    owner.pack(into: &writer)
    writer.write(topic)
    writer.write(declaredAt)
  }

  init(owner: Principal, topic: String, declaredAt: Timestamp) {
    self.owner = owner
    self.topic = topic
    self.declaredAt = declaredAt
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    owner = try Principal(unpacking: &reader)
    topic = try reader.readString()
    declaredAt = try reader.readTimestamp()
  }
}

public import Jobs
import Persistent
import Vocabulary

extension BrokerLimits {
  /// Durable topics of one user.
  public static let durableTopicsPerUser = 1_000
}

extension BrokerState {
  public func isDurable(_ topic: OwnedTopic) -> Bool {
    durableTopics[DurableTopic.Key(userID: topic.owner.userID, topic: topic.topic)] != nil
  }

  /// The durable topics of a user, by name.
  public func durableTopics(of owner: Principal) -> [DurableTopic] {
    var found: [DurableTopic] = []
    durableTopics.forEach(from: DurableTopic.Key(userID: owner.userID, topic: "")) { key, topic in
      guard key.userID == owner.userID else { return false }
      found.append(topic)
      return true
    }
    return found
  }

  // MARK: Decide

  func decideDeclaration(
    of topic: OwnedTopic, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    try checkAccess(to: topic, by: attribution)
    guard !isDurable(topic) else { return }
    guard durableTopics(of: topic.owner).count < BrokerLimits.durableTopicsPerUser else {
      throw .tooManyTopics(limit: BrokerLimits.durableTopicsPerUser)
    }
    builder.add(.topicDeclared(topic: topic.topic), owner: topic.owner)
  }

  func decideRemoval(
    of topic: OwnedTopic, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    try checkAccess(to: topic, by: attribution)
    if isDurable(topic) { builder.add(.topicRemoved(topic: topic.topic), owner: topic.owner) }
  }

  func decidePublication(
    _ message: PublishCommand, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    try checkAccess(to: message.topic, by: attribution)
    guard isDurable(message.topic) else { return builder.decision(.published(seq: nil)) }
    let seq = builder.seq
    builder.add(
      .messagePublished(topic: message.topic.topic, mediaType: message.mediaType, payload: message.payload),
      owner: message.topic.owner)
    return builder.decision(.published(seq: seq))
  }

  private func checkAccess(to topic: OwnedTopic, by attribution: Attribution) throws(Refusal) {
    guard attribution.mayAccess(topic.owner) else { throw .forbidden("topics belong to their user") }
  }

  // MARK: Fold

  mutating func fold(declared topic: String, _ record: Record) {
    let declared = DurableTopic(owner: record.owner, topic: topic, declaredAt: record.at)
    durableTopics[declared.key] = declared
  }

  // MARK: Snapshot

  func packTopics(into writer: inout PackedWriter) {
    writer.writeList(Array(durableTopics.values)) { $1.pack(into: &$0) }
  }

  mutating func unpackTopics(from reader: inout PackedReader) throws(PackedError) {
    for topic in try reader.readList({ (reader) throws(PackedError) in try DurableTopic(unpacking: &reader) }) {
      durableTopics[topic.key] = topic
    }
  }
}

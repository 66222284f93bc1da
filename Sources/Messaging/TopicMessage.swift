/// A transient message, rendered once for all its listeners.
public final class TopicMessage: Sendable {
  public let topic: TopicName
  /// What a stream carries, without framing.
  public let data: [UInt8]

  public init(topic: TopicName, data: [UInt8]) {
    self.topic = topic
    self.data = data
  }
}

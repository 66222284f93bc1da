public import Jobs

/// A topic and whose it is; the name is checked by the shell.
public struct OwnedTopic: Sendable {
  public let owner: Principal
  public let topic: String

  public init(owner: Principal, topic: String) {
    self.owner = owner
    self.topic = topic
  }
}

/// A message for a topic, recorded if the topic is durable.
public struct PublishCommand: Sendable {
  public let topic: OwnedTopic
  public let mediaType: String
  public let payload: [UInt8]

  public init(topic: OwnedTopic, mediaType: String, payload: [UInt8]) {
    self.topic = topic
    self.mediaType = mediaType
    self.payload = payload
  }
}

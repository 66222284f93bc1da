public import BrokerCore
public import Jobs
public import Vocabulary

/// One event as streams deliver it, encoded once for all of them.
public final class StreamEvent: Sendable {
  public enum Topic: UInt8, Sendable { case job, resource, token, operation, broker, kvs, message }

  public let seq: UInt64
  public let topic: Topic
  /// Who may see it, besides the instance's owner.
  public let owner: Principal
  public let job: JobID?
  /// The name of the topic that a message was published under.
  public let messageTopic: String?
  /// After this event nothing more comes about the job.
  public let isLastOfJob: Bool
  /// Encoded for `text/event-stream`, with its empty line.
  public let sse: [UInt8]
  /// The data alone, without a line end.
  public let data: ArraySlice<UInt8>

  public init(
    seq: UInt64, topic: Topic, owner: Principal, job: JobID?, isLastOfJob: Bool, sse: [UInt8],
    data: ArraySlice<UInt8>, messageTopic: String? = nil
  ) {
    self.seq = seq
    self.topic = topic
    self.owner = owner
    self.job = job
    self.messageTopic = messageTopic
    self.isLastOfJob = isLastOfJob
    self.sse = sse
    self.data = data
  }
}

/// Renders a committed record: as many events as its width, or none where nobody may see it.
public typealias EventEncoder = @Sendable (_ record: Record, _ epoch: UInt32) -> [StreamEvent]

/// One event of a stream.
public struct ServerSentEvent: Sendable, Equatable {
  /// The stream's last event id when this event was dispatched; resume after it.
  public let id: String?
  /// `message` when the stream did not say.
  public let name: String
  public let data: String

  public init(id: String?, name: String = "message", data: String) {
    self.id = id
    self.name = name
    self.data = data
  }
}

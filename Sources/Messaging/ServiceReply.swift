/// What an answerer sends.
public enum ServiceReply: Sendable, Equatable {
  /// More follows.
  case part(MessagePayload)
  case final(MessagePayload)
  /// The call failed, in the answerer's words.
  case failure(String)
}

import Vocabulary

/// A call that a service was given to answer.
public struct TakenCall: Sendable {
  /// To be given back with the answer.
  public let id: String
  /// Who calls.
  public let user: String
  public let payload: Payload
  /// When the caller stops waiting, as the broker writes it.
  public let deadline: String

  init?(_ json: JSONValue) {
    guard let id = json["call"]?.string, let payload = Payload(json) else { return nil }
    self.id = id
    self.payload = payload
    user = json["user"]?.string ?? ""
    deadline = json["deadline"]?.string ?? ""
  }
}

public import Vocabulary

/// One event of a job, as a stream carries it.
public struct JobEvent: Sendable {
  /// `epoch-seq`: resume after it.
  public let position: String?
  /// The stream's word for the kind of event: `job`, `bookmark`, …
  public let kind: String
  /// What the broker wrote.
  public let json: JSONValue

  public var id: String? { json["id"]?.string }
  public var name: String? { json["name"]?.string }
}

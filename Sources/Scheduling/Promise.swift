public import ResourceGraph
public import Vocabulary

/// Particular resources that are promised from a moment on: no plan places anything there that would not have ended.
///
/// It is kept as well as those who hold the resources keep to their time limits.
public struct Promise: Sendable, Equatable {
  public let grants: [Grant]
  public let start: Timestamp
  /// `nil`: for ever.
  public let duration: TimeSpan?

  public init(grants: [Grant], start: Timestamp, duration: TimeSpan?) {
    self.grants = grants
    self.start = start
    self.duration = duration
  }
}

import Synchronization

/// Hands transient messages to whoever listens at the moment; keeps nothing.
///
/// Publications are ordered by one lock, so every listener sees the messages of a topic in the same order. Scopes
/// are numbers of users: the same topic of two users is two topics.
public final class TopicHub: Sendable {
  private struct Contents {
    var nextNumber: UInt64 = 0
    var scopes: [UInt32: TopicIndex] = [:]
  }

  private let contents = Mutex(Contents())
  private let budget = TopicBudget()

  public init() {}

  /// Begins to listen.
  /// - Parameter wake: called, outside of any lock, when something has come for a listener that had taken
  ///   everything; it must only wake somebody.
  public func subscribe(
    to pattern: TopicPattern, in scope: UInt32, wake: @escaping @Sendable () -> Void
  ) -> TopicSubscription {
    contents.withLock { contents in
      contents.nextNumber += 1
      let subscription = TopicSubscription(
        number: contents.nextNumber, pattern: pattern, scope: scope, budget: budget, wake: wake)
      contents.scopes[scope, default: TopicIndex()].insert(subscription)
      return subscription
    }
  }

  /// Ends listening; may be repeated.
  public func remove(_ subscription: TopicSubscription) {
    contents.withLock { contents in
      let scope = subscription.scope
      contents.scopes[scope]?.remove(subscription)
      if contents.scopes[scope]?.isEmpty ?? false { contents.scopes[scope] = nil }
    }
    subscription.end()
  }

  /// - Returns: how many listeners it was handed to.
  @discardableResult
  public func publish(_ message: TopicMessage, in scope: UInt32) -> Int {
    let (count, wakes) = contents.withLock { contents -> (Int, [@Sendable () -> Void]) in
      guard let index = contents.scopes[scope] else { return (0, []) }
      var listeners: [TopicSubscription] = []
      index.collect(message.topic.segments[...], into: &listeners)
      return (listeners.count, listeners.compactMap { $0.add(message) })
    }
    for wake in wakes { wake() }
    return count
  }

  /// Bytes that wait for listeners.
  public var queuedBytes: Int { budget.usedBytes }
  var isEmpty: Bool { contents.withLock { $0.scopes.isEmpty } }
}

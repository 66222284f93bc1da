/// The listeners of one scope, by the segments of their patterns.
///
/// Finding those of a topic visits only branches that the topic's own segments and wildcards lead to, so it costs
/// what matches, not what is there.
struct TopicIndex: Sendable {
  /// By segment; the wildcard's branch is `*`, which no topic contains.
  private var branches: [String: TopicIndex] = [:]
  /// Whose patterns end here.
  private var listeners: [UInt64: TopicSubscription] = [:]
  /// Whose patterns end with a wildcard here: everything below is theirs.
  private var openListeners: [UInt64: TopicSubscription] = [:]

  var isEmpty: Bool { branches.isEmpty && listeners.isEmpty && openListeners.isEmpty }

  mutating func insert(_ subscription: TopicSubscription) {
    insert(subscription, at: subscription.pattern.segments[...])
  }

  private mutating func insert(_ subscription: TopicSubscription, at path: ArraySlice<String>) {
    if let segment = path.first {
      branches[segment, default: TopicIndex()].insert(subscription, at: path.dropFirst())
    } else if subscription.pattern.isOpen {
      openListeners[subscription.number] = subscription
    } else {
      listeners[subscription.number] = subscription
    }
  }

  mutating func remove(_ subscription: TopicSubscription) {
    remove(subscription, at: subscription.pattern.segments[...])
  }

  private mutating func remove(_ subscription: TopicSubscription, at path: ArraySlice<String>) {
    guard let segment = path.first else {
      listeners[subscription.number] = nil
      openListeners[subscription.number] = nil
      return
    }
    branches[segment]?.remove(subscription, at: path.dropFirst())
    if branches[segment]?.isEmpty ?? false { branches[segment] = nil }
  }

  /// Adds everybody whose pattern matches.
  func collect(_ topic: ArraySlice<String>, into found: inout [TopicSubscription]) {
    guard let segment = topic.first else {
      found += listeners.values
      return
    }
    found += openListeners.values
    branches[segment]?.collect(topic.dropFirst(), into: &found)
    branches[TopicPattern.wildcard]?.collect(topic.dropFirst(), into: &found)
  }
}

import Synchronization

/// One listener: what it has not yet taken, within bounds, and how much it has missed.
///
/// When it falls behind, the oldest messages go: what is newest says most about how things stand. So a count of
/// missed messages stands where they would have been.
public final class TopicSubscription: Sendable {
  /// Messages that wait for one listener.
  public static let maximumMessages = 1_024
  /// Bytes that wait for one listener: some twenty of the largest messages, which are base64 in JSON.
  public static let maximumBytes = 8 << 20

  /// What a listener takes next.
  public enum Item: Sendable {
    /// So many messages were dropped here.
    case missed(Int)
    case message(TopicMessage)
  }

  private struct Queue {
    /// `nil` at the front: taken.
    var messages: [TopicMessage?] = []
    var head = 0
    var bytes = 0
    var missed = 0
    var isOver = false

    var count: Int { messages.count - head }
    var isIdle: Bool { count == 0 && missed == 0 }

    mutating func removeFirst() -> TopicMessage? {
      guard head < messages.count, let message = messages[head] else { return nil }
      messages[head] = nil
      head += 1
      // Compact when half is taken, so that the cost a message stays constant.
      if head * 2 >= messages.count {
        messages.removeFirst(head)
        head = 0
      }
      bytes -= message.data.count
      return message
    }
  }

  let number: UInt64
  let pattern: TopicPattern
  let scope: UInt32
  private let queue = Mutex(Queue())
  private let budget: TopicBudget
  private let wake: @Sendable () -> Void

  init(
    number: UInt64, pattern: TopicPattern, scope: UInt32, budget: TopicBudget, wake: @escaping @Sendable () -> Void
  ) {
    self.number = number
    self.pattern = pattern
    self.scope = scope
    self.budget = budget
    self.wake = wake
  }

  /// The next thing in order; `nil` when there is nothing, after which the wake closure is called for the next.
  public func next() -> Item? {
    queue.withLock { queue in
      if queue.missed > 0 {
        defer { queue.missed = 0 }
        return .missed(queue.missed)
      }
      guard let message = queue.removeFirst() else { return nil }
      budget.giveBack(message.data.count)
      return .message(message)
    }
  }

  /// Queues a message.
  /// - Returns: what to call, outside of any lock, when the listener may be asleep.
  func add(_ message: TopicMessage) -> (@Sendable () -> Void)? {
    queue.withLock { queue in
      guard !queue.isOver else { return nil }
      let wasIdle = queue.isIdle
      let size = message.data.count
      while queue.count >= Self.maximumMessages || queue.bytes + size > Self.maximumBytes { drop(&queue) }
      while !budget.take(size) {
        guard queue.count > 0 else {
          queue.missed += 1
          return wasIdle ? wake : nil
        }
        drop(&queue)
      }
      queue.messages.append(message)
      queue.bytes += size
      return wasIdle ? wake : nil
    }
  }

  private func drop(_ queue: inout Queue) {
    guard let oldest = queue.removeFirst() else { preconditionFailure("a message larger than a whole queue") }
    budget.giveBack(oldest.data.count)
    queue.missed += 1
  }

  /// Nothing is queued any more.
  func end() {
    queue.withLock { queue in
      queue.isOver = true
      budget.giveBack(queue.bytes)
      queue.messages = []
      queue.head = 0
      queue.bytes = 0
      queue.missed = 0
    }
  }
}

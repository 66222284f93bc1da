import Synchronization

/// Bytes that all listeners together may have waiting.
final class TopicBudget: Sendable {
  /// What a broker can spare for listeners that do not read.
  static let maximumBytes = 256 << 20

  private let used = Atomic<Int>(0)

  /// - Returns: whether there was room.
  func take(_ bytes: Int) -> Bool {
    let (_, after) = used.add(bytes, ordering: .relaxed)
    guard after > Self.maximumBytes else { return true }
    giveBack(bytes)
    return false
  }

  func giveBack(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }

  var usedBytes: Int { used.load(ordering: .relaxed) }
}

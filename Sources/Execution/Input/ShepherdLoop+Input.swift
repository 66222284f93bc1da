import BrokerCore
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Until the next try where a full pipe could not be watched for want of memory.
  private static let feedPause = TimeSpan.milliseconds(20)

  /// Takes a piece of input for an attempt and answers under the number it came with.
  func give(_ piece: AttemptInput, number: UInt64) {
    send(.input(number: number, take(piece)))
  }

  private func take(_ piece: AttemptInput) -> InputAnswer {
    guard let attempt = attempts[piece.id], attempt.phase == .waiting || attempt.phase == .running else {
      return .unknown
    }
    guard let input = attempt.input else { return .closed }
    let outcome = input.give(piece.bytes[...], at: piece.position, isLast: piece.isLast)
    if outcome == .taken { feedAll(attempt) }
    switch outcome {
    case .taken: return .taken(next: input.end, room: input.room)
    case .full: return .full(next: input.end, room: input.room)
    case .gap: return .gap(next: input.end)
    case .closed: return .closed
    }
  }

  func feedAll(_ attempt: Attempt) {
    for rank in attempt.input?.ranks ?? 0..<0 { feed(attempt, rank) }
  }

  /// Writes what the task's pipe takes, and waits for room where it is full.
  func feed(_ attempt: Attempt, _ rank: Int) {
    guard let input = attempt.input, let descriptor = input.descriptor(rank) else { return }
    switch input.feed(rank) {
    case .nothing: channels.remove(descriptor)
    case .done:
      channels.remove(descriptor)
      input.close(rank)
    case .room:
      if channels.contains(descriptor) { return }
      do throws(SystemError) {
        try channels.add(descriptor, .input(attempt.id, rank: rank), forWriting: true)
      } catch {
        timers.insert(.feed(attempt.id), at: MonotonicTime.now.advanced(by: Self.feedPause))
      }
    }
  }
}

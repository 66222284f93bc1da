import BrokerCore
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Between two tries to write what a full disk did not take.
  private static let stallPause = TimeSpan.milliseconds(200)
  /// What a fast disk takes in a second: a file that has this much room left needs no look before a second is over.
  private static let bytesPerSecond: Int64 = 1 << 30
  private static let longestLook: Int64 = 60

  // MARK: Output that is collected

  /// Makes an attempt of several tasks write into pipes, as far as there are descriptors for that.
  ///
  /// A host that has none left lets all tasks share the stream's file: nobody knows then who wrote what.
  func collectOutput(of attempt: Attempt, _ order: StartOrder) {
    guard attempt.collected == nil, attempt.group != nil, attempt.sessions.isEmpty else { return }
    var streams: [OutputStore.Stream] = []
    if order.output == nil { streams.append(.output) }
    if order.error == nil { streams.append(.error) }
    let count = streams.count * order.tasks.count
    guard count > 0, files.reservePipes(count) else { return }
    attempt.collected = CollectedOutput(files.store, attempt.id, streams, order.shell)
    attempt.reservedPipes = count
  }

  func collect(_ attempt: Attempt, _ source: CollectedOutput.Source) {
    guard let collected = attempt.collected, let descriptor = collected.descriptor(source) else { return }
    switch collected.take(source) {
    case .some, .nothing: break
    case .ended:
      channels.remove(descriptor)
      collected.close(source)
    case .stalled:
      unwatch(collected)
      collectLater(attempt)
    }
  }

  private func unwatch(_ collected: CollectedOutput) {
    for source in collected.openSources {
      if let descriptor = collected.descriptor(source) { channels.remove(descriptor) }
    }
  }

  private func collectLater(_ attempt: Attempt) {
    let deadline = MonotonicTime.now.advanced(by: Self.stallPause)
    attempt.collectDeadline = deadline
    timers.insert(.collect(attempt.id), at: deadline)
  }

  /// Goes on after a pause: what could not be written is tried first.
  func resumeCollecting(_ attempt: Attempt) {
    for source in attempt.collected?.openSources ?? [] {
      guard let descriptor = attempt.collected?.descriptor(source), !channels.contains(descriptor) else { continue }
      do throws(SystemError) {
        try channels.add(descriptor, .output(attempt.id, source))
      } catch {
        return collectLater(attempt)
      }
    }
  }

  /// Takes what is left in the pipes; nobody is there any more who could write.
  func finishCollecting(_ attempt: Attempt) {
    guard let collected = attempt.collected else { return }
    unwatch(collected)
    for source in collected.openSources {
      guard let error = collected.finish(source) else { continue }
      Self.log("lost the end of \(files.store.path(attempt.id, source.stream)): \(error.text)")
      break
    }
    attempt.collected = nil
    files.releasePipes(attempt.reservedPipes)
  }

  // MARK: Output that is too long

  /// Looks at the files that tasks write by themselves, as often as they could have become too long.
  func boundOutput(of attempt: Attempt) {
    var room = Int64.max
    for stream in [attempt.output, attempt.error] where stream.isNamed {
      room = min(room, files.bound(stream, of: attempt.id, limit: attempt.outputLimit))
    }
    guard room < .max else { return }
    let pause = min(max(1, room / Self.bytesPerSecond), Self.longestLook)
    let deadline = MonotonicTime.now.advanced(by: .seconds(pause))
    attempt.boundDeadline = deadline
    timers.insert(.bound(attempt.id), at: deadline)
  }
}

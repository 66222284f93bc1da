import Dispatch
import Hosting
import Synchronization
import Vocabulary

/// A stream that the pacer looks after.
protocol TendedStream: AnyObject, Sendable {
  func wake()
  /// Called about once a second: heartbeats are due, tokens end.
  func tend(at now: Timestamp)
}

/// Wakes the streams that follow everything, not after each commit but at a pace that lets events gather.
///
/// With many streams, a wake-up and a TLS record for each event of each stream would cost more than the
/// events. So the pause between two rounds grows with the number of streams; a lone event after silence goes
/// out at once.
final class StreamPacer: Sendable {
  /// Between two rounds: this long for each stream, within the bounds. 500 streams: 25 ms.
  private static let microsecondsPerStream = 50
  private static let shortestMicroseconds = 2_000
  private static let longestMicroseconds = 100_000
  /// How often heartbeats and tokens are looked at.
  private static let tendMilliseconds = 1_000

  private struct Streams {
    var paced: [ObjectIdentifier: any TendedStream] = [:]
    var all: [ObjectIdentifier: any TendedStream] = [:]
  }

  private let streams = Mutex(Streams())
  private let bell = Bell()
  private let isOver = Atomic<Bool>(false)
  private let broker: Broker
  private let threads = Mutex<[WorkerThread]>([])
  private let stopped = DispatchSemaphore(value: 0)

  init(broker: Broker) {
    self.broker = broker
    let bell = bell
    _ = broker.watchers.add(nil) { bell.ring() }
    threads.withLock { threads in
      threads = [
        WorkerThread("pace") { [self] in runRounds() }, WorkerThread("tend") { [self] in runTending() },
      ]
    }
  }

  func add(_ stream: any TendedStream, isPaced: Bool) {
    streams.withLock { streams in
      streams.all[ObjectIdentifier(stream)] = stream
      if isPaced { streams.paced[ObjectIdentifier(stream)] = stream }
    }
  }

  func remove(_ stream: any TendedStream) {
    streams.withLock { streams in
      streams.all[ObjectIdentifier(stream)] = nil
      streams.paced[ObjectIdentifier(stream)] = nil
    }
  }

  func stop() {
    isOver.store(true, ordering: .releasing)
    bell.ring()
    stopped.signal()
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  private func runRounds() {
    while true {
      bell.wait()
      if isOver.load(ordering: .acquiring) { return }
      let paced = streams.withLock { Array($0.paced.values) }
      for stream in paced { stream.wake() }
      let pause = min(
        Self.longestMicroseconds, max(Self.shortestMicroseconds, paced.count * Self.microsecondsPerStream))
      if stopped.wait(timeout: .now() + .microseconds(pause)) == .success {
        stopped.signal()
        return
      }
    }
  }

  private func runTending() {
    while !isOver.load(ordering: .acquiring) {
      let all = streams.withLock { Array($0.all.values) }
      let now = broker.ports.now()
      for stream in all { stream.tend(at: now) }
      if stopped.wait(timeout: .now() + .milliseconds(Self.tendMilliseconds)) == .success {
        stopped.signal()
        return
      }
    }
  }
}

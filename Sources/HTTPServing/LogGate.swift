import CMicrohttpd
import Glibc
import Synchronization

/// Passes the library's error lines on, a few a second: a client can provoke one with every request.
final class LogGate: Sendable {
  private struct State {
    var second = 0
    var passed = 0
    var dropped = 0
  }

  /// Lines a second; enough to see what happens, too few to fill a disk.
  private static let linesPerSecond = 5

  private let sink: (@Sendable (String) -> Void)?
  private let state = Mutex(State())

  init(sink: (@Sendable (String) -> Void)?) { self.sink = sink }

  func write(_ line: String) {
    guard let sink else { return }
    let second = Int(time(nil))
    let dropped: Int? = state.withLock { state in
      if state.second != second {
        state.second = second
        state.passed = 0
      }
      guard state.passed < Self.linesPerSecond else {
        state.dropped += 1
        return nil
      }
      state.passed += 1
      defer { state.dropped = 0 }
      return state.dropped
    }
    guard let dropped else { return }
    if dropped > 0 { sink("\(dropped) lines of the HTTP library were dropped") }
    sink(line)
  }
}

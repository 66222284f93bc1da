import ArgumentParser
import Glibc
import Logging
import Synchronization
import Vocabulary

/// Where the broker's log goes, and how much of it: both can change while it runs.
final class LogSink: Sendable {
  private struct State {
    var descriptor: CInt
    var level: Logger.Level
  }

  private let state: Mutex<State>

  /// - Parameter file: `nil`: standard error.
  init(file: String?, level: Logger.Level) throws {
    state = Mutex(State(descriptor: try Self.open(file), level: level))
  }

  var level: Logger.Level { state.withLock { $0.level } }

  /// Opens the file anew also where its name is the same: the old one may have been moved away.
  func change(file: String?, level: Logger.Level) throws {
    let descriptor = try Self.open(file)
    let old = state.withLock { state in
      defer { state = State(descriptor: descriptor, level: level) }
      return state.descriptor
    }
    if old != STDERR_FILENO { close(old) }
  }

  /// One call, so that lines of several threads do not mix. A full disk loses the line: there is nobody to tell.
  func write(_ line: String) {
    var line = line
    state.withLock { state in
      line.withUTF8 { bytes in unsafe _ = Glibc.write(state.descriptor, bytes.baseAddress, bytes.count) }
    }
  }

  private static func open(_ file: String?) throws -> CInt {
    guard let file else { return STDERR_FILENO }
    let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0o640)
    guard descriptor >= 0 else {
      throw ValidationError("\(file) cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
    return descriptor
  }
}

/// Log messages as lines: time, level, message, and what belongs to it.
struct LogLines: LogHandler {
  let sink: LogSink
  var metadata: Logger.Metadata = [:]

  init(sink: LogSink) { self.sink = sink }

  var logLevel: Logger.Level {
    get { sink.level }
    // The level is the sink's, for all loggers: it changes with the settings only.
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "\(WallClock.now().rfc3339) \(event.level.rawValue) \(Terminal.harmless(event.message.description))"
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }
    ) {
      line += " \(key)=\(Terminal.harmless("\(value)"))"
    }
    sink.write(line + "\n")
  }
}

import CMicrohttpd
import Synchronization

/// One streamed response; lives as long as the library's response object, which holds one retain.
final class StreamSession: Sendable {
  let suspension = Suspension()
  private let source: any StreamSource
  private let connection: ConnectionReference
  private let core: ServerCore

  init(source: any StreamSource, connection: ConnectionReference, core: ServerCore) {
    self.source = source
    self.connection = connection
    self.core = core
  }

  func start() {
    core.opened(self)
    source.attach(StreamWaker(suspension))
  }

  /// Called when the library frees the response: the one place that every stream reaches once.
  func end() {
    suspension.detach()
    core.closed(self)
    source.closed()
  }

  /// What the library's content reader returns: a count, 0 when the connection was parked, or the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      if core.isDraining.load(ordering: .sequentiallyConsistent) { return MHD_CONTENT_READER_END_OF_STREAM }
      suspension.rearm()
      switch unsafe source.pull(into: buffer) {
      case .wrote(let count):
        precondition(count > 0 && count <= buffer.count, "a stream wrote outside its buffer")
        return count
      case .finished: return MHD_CONTENT_READER_END_OF_STREAM
      case .nothingYet:
        switch suspension.suspend(connection, unless: core.isStopping) {
        case .suspended: return 0
        case .signalled: continue
        case .refused: return MHD_CONTENT_READER_END_OF_STREAM
        }
      }
    }
  }
}

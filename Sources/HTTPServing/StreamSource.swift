/// Where a streamed body comes from.  The server asks; nothing is queued for a client that does not read.
public protocol StreamSource: AnyObject, Sendable {
  /// Called once, before the first pull.  Not called for `HEAD` of a
  /// body of unknown length.
  func attach(_ waker: StreamWaker)
  /// Called on an HTTP thread, one call at a time; must not block.  The buffer is at least 64 bytes and
  /// about 28 KiB on HTTP/1.1.
  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull
  /// The connection is gone, or the stream is finished.  Called exactly once for every stream reply, also
  /// if it was never attached.
  func closed()
}

/// What a pull did.
public enum StreamPull: Sendable, Equatable {
  /// This many bytes were written, at least one.
  case wrote(Int)
  /// The stream sleeps until its waker is called; a wake since the pull began counts.
  case nothingYet
  case finished
}

/// Wakes one sleeping stream.
public final class StreamWaker: Sendable {
  private let suspension: Suspension

  init(_ suspension: Suspension) { self.suspension = suspension }

  /// Says that a pull may find something.  From any thread, at any time, also after the stream is closed;
  /// costs one atomic load when the stream is awake already.
  public func wake() { suspension.signal() }
}

/// Takes the body of one request piece by piece.
///
/// Calls come from one HTTP thread, one at a time, and end with exactly one of: `finish()`, `abandoned()`,
/// or a `receive` that returned `.stop`.
public protocol BodyReceiver: AnyObject, Sendable {
  /// Takes all of `chunk`, whose bytes are valid during the call only; `resume` is always the same object.
  func receive(_ chunk: UnsafeRawBufferPointer, resume: BodyResumer) -> BodyProgress
  /// The body is complete.
  func finish() -> HTTPReply
  /// The client left, or was too slow.
  func abandoned()
}

/// What a receiver wants after a chunk.
public enum BodyProgress: Sendable {
  case more
  /// The upload rests until `BodyResumer.resume()`; a resume since the chunk was handed over counts.
  case paused
  /// Answers now; the rest of the body is not read and the connection closes.
  case stop(HTTPResponse)
}

/// Continues one paused upload.
public final class BodyResumer: Sendable {
  let suspension = Suspension()

  init() {}

  /// From any thread, at any time.
  public func resume() { suspension.signal() }
}

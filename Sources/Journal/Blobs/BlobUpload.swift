import Cryptography
import Glibc
public import Vocabulary

/// A blob on its way in: ended by `finish` or `abandon`, whatever comes first.
///
/// `@unchecked Sendable`: whoever takes the blob in calls one method at a time, and hands it from thread to thread
/// only through something that orders memory (a body's receiver is called by one thread at a time, and passes it on
/// through a lock).
public final class BlobUpload: @unchecked Sendable {
  /// What became of it.
  public enum Outcome: Sendable {
    case stored(bytes: Int)
    /// The bytes are others than was said; nothing is kept.
    case mismatch
    case tooLarge
  }

  private let path: String
  private let place: @Sendable (Digest, String) throws(FileFault) -> Void
  /// `nil` after the end.
  private var file: OpenFile?
  private var count = 0
  private var digest: SHA256? = SHA256()

  init(
    path: String, place: @escaping @Sendable (Digest, String) throws(FileFault) -> Void
  ) throws(JournalError) {
    self.path = path
    self.place = place
    do throws(FileFault) {
      file = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC)
    } catch {
      throw error.journalError
    }
  }

  /// Takes the next bytes; after an end they are dropped.
  /// - Returns: whether there may be more.
  public func write(_ chunk: UnsafeRawBufferPointer) throws(JournalError) -> Bool {
    count += chunk.count
    unsafe digest?.update(chunk)
    do throws(FileFault) {
      try file?.write(unsafe Array(chunk))
    } catch {
      throw error.journalError
    }
    return count <= BlobStore.maximumBytes
  }

  /// Keeps the blob when its digest is `expected`; durable when this returns.
  public func finish(expecting expected: Digest) throws(JournalError) -> Outcome {
    guard file != nil, let found = digest.take()?.finish() else { return .mismatch }
    do throws(FileFault) {
      guard found == expected, count <= BlobStore.maximumBytes else {
        abandon()
        return found == expected ? .tooLarge : .mismatch
      }
      try file?.sync()
      file = nil
      try place(expected, path)
      return .stored(bytes: count)
    } catch {
      abandon()
      throw error.journalError
    }
  }

  public func abandon() {
    file = nil
    unsafe unlink(path)
  }

  deinit { unsafe unlink(path) }
}

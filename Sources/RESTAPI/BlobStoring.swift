public import Vocabulary

/// Where blobs are kept: each user's apart, by their SHA-256.
public protocol BlobStoring: Sendable {
  /// - Returns: `nil` when there is no such blob.
  func size(of digest: Digest, owner: UInt32) -> Int?
  /// Like `size`, for what is about to be referred to: it stays until that has happened.
  func touch(_ digest: Digest, owner: UInt32) -> Int?
  /// May touch the disk: not on an HTTP thread.
  /// - Returns: fewer bytes than `limit` only at the end; `nil` when it cannot be read.
  func read(_ digest: Digest, owner: UInt32, offset: Int, limit: Int) -> [UInt8]?
  /// - Returns: `nil` when the storage takes nothing right now.
  func begin(owner: UInt32) -> (any BlobReceiving)?
}

/// One blob on its way in. One thread at a time.
public protocol BlobReceiving: Sendable {
  func write(_ chunk: UnsafeRawBufferPointer) -> BlobProgress
  /// Durable when this returns `stored`; touches the disk.
  func finish(expecting digest: Digest) -> BlobOutcome
  func abandon()
}

public enum BlobProgress: Sendable {
  case more
  case tooLarge
  /// No space, or the storage failed.
  case failed
}

public enum BlobOutcome: Sendable {
  case stored(bytes: Int)
  /// The bytes are others than the name says.
  case mismatch
  case tooLarge
  /// No space, or the storage failed: nothing is kept.
  case failed
}

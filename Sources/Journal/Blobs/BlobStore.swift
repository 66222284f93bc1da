import Glibc
import Synchronization
public import Vocabulary

/// Bytes stored by their SHA-256, each user's apart: what is too large for a value of the key-value store.
///
/// `blobs/<user>/<first two digits>/<digest>`, mode 0600. A file is complete and durable before it has a name, and
/// named before anybody is told of it; what a crash leaves half written is removed at the next start.
public final class BlobStore: Sendable {
  /// Bytes of one blob: a checkpoint of a large process.
  public static let maximumBytes = 64 << 30

  private let directory: String
  private let nextUpload = Atomic<UInt64>(0)

  /// - Parameter stateDirectory: exists; `blobs` is made in it.
  public init(stateDirectory: String) throws(JournalError) {
    directory = stateDirectory + "/blobs"
    let incoming = directory + "/incoming"
    try JournalError.naming {
      try Files.makeDirectory(directory)
      try Files.makeDirectory(incoming)
      for name in try Files.names(in: incoming) { try Files.remove("\(incoming)/\(name)") }
    }
  }

  private func folder(_ digest: Digest, _ owner: UInt32) -> String { "\(directory)/\(owner)/\(digest.hex.prefix(2))" }
  private func path(_ digest: Digest, _ owner: UInt32) -> String { "\(folder(digest, owner))/\(digest.hex)" }

  /// Bytes of a stored blob, which from now on is as young as a new one; `nil` when there is none.
  public func touch(_ digest: Digest, owner: UInt32) -> Int? {
    let path = path(digest, owner)
    guard unsafe utimensat(AT_FDCWD, path, nil, 0) == 0 else { return nil }
    return Int(Files.size(path))
  }

  /// - Returns: `nil` when there is none.
  public func size(of digest: Digest, owner: UInt32) -> Int? {
    let path = path(digest, owner)
    return Files.exists(path) ? Int(Files.size(path)) : nil
  }

  /// - Returns: fewer bytes than `limit` only at the end; `nil` when there is no such blob.
  public func read(
    _ digest: Digest, owner: UInt32, offset: Int, limit: Int
  ) throws(JournalError) -> [UInt8]? {
    let path = path(digest, owner)
    guard Files.exists(path) else { return nil }
    return try JournalError.naming {
      let file = try OpenFile(path, O_RDONLY)
      lseek(file.descriptor, offset, SEEK_SET)
      return try file.read(limit)
    }
  }

  /// Begins to take a blob in.
  public func begin(owner: UInt32) throws(JournalError) -> BlobUpload {
    let number = nextUpload.add(1, ordering: .relaxed).newValue
    return try BlobUpload(path: "\(directory)/incoming/\(number)") { [self] (digest, temporary) throws(FileFault) in
      let folder = folder(digest, owner)
      try Files.makeDirectory("\(directory)/\(owner)")
      try Files.makeDirectory(folder)
      try Files.rename(temporary, to: path(digest, owner))
      for place in [folder, "\(directory)/\(owner)", directory] { try Files.syncDirectory(place) }
    }
  }

  /// Removes what nobody refers to any more.
  /// - Parameters:
  ///   - seconds: younger ones stay: their reference may be on its way.
  ///   - isReferenced: asked for each older blob.
  /// - Returns: how many went.
  @discardableResult
  public func sweep(
    olderThan seconds: Int64, now: Timestamp, isReferenced: (Digest, UInt32) -> Bool
  ) throws(JournalError) -> Int {
    try JournalError.naming {
      var removed = 0
      for owner in try Files.names(in: directory) {
        guard let user = UInt32(owner) else { continue }
        for folder in try Files.names(in: "\(directory)/\(owner)") {
          for name in try Files.names(in: "\(directory)/\(owner)/\(folder)") {
            let path = "\(directory)/\(owner)/\(folder)/\(name)"
            guard let digest = Digest(hex: name), now.microseconds / 1_000_000 - changedAt(path) > seconds,
              !isReferenced(digest, user)
            else { continue }
            try Files.remove(path)
            removed += 1
          }
        }
      }
      return removed
    }
  }

  /// Seconds since 1970; of a file that is gone: now, so that nobody removes it again.
  private func changedAt(_ path: String) -> Int64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : .max
  }
}

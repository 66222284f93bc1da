import Journal
import RESTAPI
import Vocabulary

/// The blob store as the API sees it.
struct StoredBlobs: BlobStoring {
  let store: BlobStore

  func size(of digest: Digest, owner: UInt32) -> Int? { store.size(of: digest, owner: owner) }

  func touch(_ digest: Digest, owner: UInt32) -> Int? { store.touch(digest, owner: owner) }

  func read(_ digest: Digest, owner: UInt32, offset: Int, limit: Int) -> [UInt8]? {
    do throws(JournalError) {
      return try store.read(digest, owner: owner, offset: offset, limit: limit)
    } catch {
      return nil
    }
  }

  func begin(owner: UInt32) -> (any BlobReceiving)? {
    do throws(JournalError) {
      return StoredUpload(upload: try store.begin(owner: owner))
    } catch {
      return nil
    }
  }
}

private struct StoredUpload: BlobReceiving {
  let upload: BlobUpload

  func write(_ chunk: UnsafeRawBufferPointer) -> BlobProgress {
    do throws(JournalError) {
      return try unsafe upload.write(chunk) ? .more : .tooLarge
    } catch {
      return .failed
    }
  }

  func finish(expecting digest: Digest) -> BlobOutcome {
    do throws(JournalError) {
      switch try upload.finish(expecting: digest) {
      case .stored(let bytes): return .stored(bytes: bytes)
      case .mismatch: return .mismatch
      case .tooLarge: return .tooLarge
      }
    } catch {
      return .failed
    }
  }

  func abandon() { upload.abandon() }
}

import BrokerCore
import CProcess
import Glibc
import Vocabulary

/// The files of `OutputStore`, from the writing side.
///
/// A file is made without a name and gets one when something was written to it, at the latest at its attempt's end;
/// one that stayed empty serves the next attempt. Most tasks of an ensemble write nothing, and making and removing
/// two named files a task was what a spawn cost most. The kernel frees unnamed files when their shepherd dies.
///
/// An empty file is used again only after everything of its attempt is gone, so nobody else writes to it. Where the
/// file system knows no unnamed files (such as NFS), files are named from the start and removed when empty.
final class OutputFiles {
  /// Empty files that wait for their next attempt: as many as end in one turn on a large host.
  private static let spareLimit = 128
  /// Of the descriptors that this process may open, the part that unnamed files of attempts may take; the spare
  /// ones, connections, and a spawn's own files are the others.
  private static let heldShare: UInt = 4

  /// How long an attempt's output may stay where no reader and no successor of this process finds it: below what a
  /// person notices, and longer than most tasks that are started by the thousand.
  static let namelessTime = TimeSpan.milliseconds(50)

  let store: OutputStore
  private let owner = geteuid()
  private let heldLimit: Int
  private var spares: [Int32] = []
  private var held = 0
  /// Pipes that attempts may open, see `CollectedOutput`.
  private var pipes = 0
  private var canBeUnnamed: Bool

  /// - Parameter canBeUnnamed: false as on a file system without unnamed files.
  init(_ store: OutputStore, canBeUnnamed: Bool = true) {
    self.store = store
    self.canBeUnnamed = canBeUnnamed
    var limit = rlimit()
    let isKnown = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    // 1,024 is what a process gets by default; 65,536 bounds what a generous host may hold.
    heldLimit = Int(min(isKnown ? limit.rlim_cur : 1_024, 65_536) / rlim_t(Self.heldShare))
  }

  /// So many files are held open that the next ones should get their names, and be closed, at once.
  var isFull: Bool { held > heldLimit }

  /// Sets descriptors aside for the pipes of an attempt, as many as the unnamed files may take.
  /// - Returns: whether there are so many.
  func reservePipes(_ count: Int) -> Bool {
    guard pipes + count <= heldLimit else { return false }
    pipes += count
    return true
  }

  func releasePipes(_ count: Int) { pipes -= count }

  /// The open file of a stream, for appending. It stays open until `name` or `finish`.
  func open(_ stream: inout StoredStream, of id: AttemptID) throws(SystemError) -> Int32 {
    if let descriptor = stream.descriptor { return descriptor }
    let descriptor: Int32
    if !stream.isNamed, let spare = spares.popLast() {
      descriptor = spare
    } else if !stream.isNamed, let made = try makeUnnamed() {
      descriptor = made
    } else {
      // A stream that is named already belongs to an attempt of which some tasks run: what they wrote stays.
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (stream.isNamed ? 0 : O_TRUNC)
      descriptor = unsafe Glibc.open(store.path(id, stream.stream), flags, 0o600)
      if descriptor < 0 { throw .last }
      stream.isNamed = true
    }
    stream.descriptor = descriptor
    held += 1
    return descriptor
  }

  private func makeUnnamed() throws(SystemError) -> Int32? {
    guard canBeUnnamed else { return nil }
    let descriptor = unsafe sluice_open_unnamed(store.directory)
    if descriptor >= 0 { return descriptor }
    // What a file system without them answers, and what a kernel without them does.
    guard [EOPNOTSUPP, EISDIR, EINVAL, ENOSYS].contains(-descriptor) else { throw SystemError(-descriptor) }
    canBeUnnamed = false
    return nil
  }

  /// Gives the file its name, from when on others can read it, and closes it here; tasks still hold it open.
  func name(_ stream: inout StoredStream, of id: AttemptID) {
    guard let descriptor = stream.descriptor, link(&stream, descriptor, id) else { return }
    close(&stream, descriptor)
  }

  /// Keeps what was written, and takes back a file that is empty.
  ///
  /// - Precondition: no process of the attempt is left.
  func finish(_ stream: inout StoredStream, of id: AttemptID) {
    if stream.isNamed {
      removeIfEmpty(store.path(id, stream.stream))
    } else if let descriptor = stream.descriptor {
      var status = stat()
      if unsafe fstat(descriptor, &status) != 0 || status.st_size > 0 {
        keep(&stream, descriptor, id)
      } else if spares.count < Self.spareLimit, isUntouched(descriptor, status) {
        spares.append(descriptor)
        stream.descriptor = nil
        held -= 1
      }
    }
    if let descriptor = stream.descriptor { close(&stream, descriptor) }
  }

  /// Cuts a file that is longer than its limit, and one byte that tells so: what a task goes on to write follows
  /// there, to be cut the next time.
  /// - Returns: the bytes that are left.
  func bound(_ stream: StoredStream, of id: AttemptID, limit: Int64) -> Int64 {
    let path = store.path(id, stream.stream)
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return limit }
    if status.st_size > limit { unsafe truncate(path, off_t(limit + 1)) }
    return max(0, limit - Int64(status.st_size))
  }

  private func keep(_ stream: inout StoredStream, _ descriptor: Int32, _ id: AttemptID) {
    guard !link(&stream, descriptor, id) else { return }
    ShepherdLoop.log("lost what \(store.path(id, stream.stream)) would hold: \(SystemError.last.text)")
  }

  private func close(_ stream: inout StoredStream, _ descriptor: Int32) {
    Glibc.close(descriptor)
    stream.descriptor = nil
    held -= 1
  }

  /// The empty file is as it was made, so another attempt may have it: tasks had the open file in their hands, and
  /// may have changed its mode or the way it writes.
  private func isUntouched(_ descriptor: Int32, _ status: stat) -> Bool {
    status.st_blocks == 0 && status.st_mode == S_IFREG | 0o600 && status.st_uid == owner
      && fcntl(descriptor, F_SETFL, O_APPEND) == 0
  }

  private func link(_ stream: inout StoredStream, _ descriptor: Int32, _ id: AttemptID) -> Bool {
    if stream.isNamed { return true }
    let path = store.path(id, stream.stream)
    // - Source: open(2), O_TMPFILE: this way of naming needs no capability.
    let source = "/proc/self/fd/\(descriptor)"
    var result = unsafe linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW)
    if result != 0, errno == EEXIST {
      // Only an instance that lost its journal uses a number twice.
      unsafe unlink(path)
      result = unsafe linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW)
    }
    stream.isNamed = result == 0
    return stream.isNamed
  }

  private func removeIfEmpty(_ path: String) {
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_size == 0 { unsafe unlink(path) }
  }
}

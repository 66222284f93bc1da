import Glibc

/// The folder that holds everything an instance must not forget, owned by one process at a time.
///
/// The lock lasts as long as this object lives; the system lets go of it when the process ends in any way.
public final class StateDirectory: Sendable {
  /// Layout of the folder and of the files that are not the database's; its tables have migrations.
  public static let format = 1

  public let path: String
  private let lock: OpenFileBox

  var paths: JournalPaths { JournalPaths(path) }
  private static let marker = "format"

  /// Makes the folder where there is none, and locks it.
  ///
  /// - Throws: `directory` when others may enter it, `newerFormat`, `locked`.
  public init(_ path: String) throws(JournalError) {
    self.path = path
    do {
      if !Files.exists(path) { try Files.makeDirectory(path) }
      try Self.checkAccess(path)
      let found = try Self.readFormat(path)
      if let found, found > Self.format {
        throw JournalError.newerFormat(found: found, supported: Self.format)
      }
      lock = OpenFileBox(try Self.acquireLock(path))
      if found == nil { try Self.begin(path) }
      try Files.makeDirectory(path + "/snapshots")
    } catch let fault as FileFault {
      throw fault.journalError
    } catch let error as JournalError {
      throw error
    } catch {
      throw .directory(path, reason: "\(error)")
    }
  }

  /// Lets another process take the folder, when nothing of it is used any more.
  func unlock() { flock(lock.file.descriptor, LOCK_UN) }

  private static func checkAccess(_ path: String) throws(JournalError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .directory(path, reason: "cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .directory(path, reason: "not a directory") }
    guard status.st_uid == geteuid() else {
      throw .directory(path, reason: "owned by user \(status.st_uid), not by \(geteuid()) who runs this")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw .directory(path, reason: "others may enter it; its mode must be 0700")
    }
  }

  private static func readFormat(_ path: String) throws -> Int? {
    let marker = path + "/" + marker
    guard Files.exists(marker) else {
      guard !Files.exists(path + "/journal.sqlite") else {
        throw JournalError.damaged(position: nil, reason: "the file `format` is missing beside the database")
      }
      return nil
    }
    let text = String(decoding: try OpenFile(marker, O_RDONLY).read(32), as: UTF8.self)
    guard text.hasSuffix("\n"), let number = Int(text.dropLast()), number > 0 else {
      throw JournalError.damaged(position: nil, reason: "the file `format` does not hold a number")
    }
    return number
  }

  private static func acquireLock(_ path: String) throws -> OpenFile {
    let file = try OpenFile(path + "/lock", O_RDWR | O_CREAT)
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = String(decoding: try file.read(16), as: UTF8.self).split(separator: "\n").first
      throw JournalError.locked(path, holder: holder.flatMap { Int32($0) })
    }
    try file.truncate(0)
    try file.write(Array("\(getpid())\n".utf8), at: 0)
    return file
  }

  /// Writes the marker of a new folder, before there is anything that it speaks of.
  static func begin(_ path: String) throws {
    let temporary = path + "/format.new"
    let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(Array("\(format)\n".utf8))
    try file.sync()
    try Files.rename(temporary, to: path + "/" + marker)
    try Files.syncDirectory(path)
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    try Files.syncDirectory(parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent)
  }
}

/// An open file where a class must own it.
final class OpenFileBox: Sendable {
  let file: OpenFile

  init(_ file: consuming OpenFile) { self.file = file }
}

/// Where the files of a state directory are.
struct JournalPaths: Sendable {
  let folder: String
  let database: String
  let snapshots: String
  let highWaterMark: String

  init(_ folder: String) {
    self.folder = folder
    database = folder + "/journal.sqlite"
    snapshots = folder + "/snapshots"
    highWaterMark = folder + "/acknowledged"
  }
}

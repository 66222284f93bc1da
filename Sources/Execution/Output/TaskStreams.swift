import BrokerCore
import Glibc

/// The open files that become the standard streams of an attempt's tasks.
///
/// All tasks share one open file per stream, so what they write follows one another instead of overwriting. Where
/// each task has its own, the null device stands here in its place: see `CollectedOutput` and `TaskFiles`.
struct TaskStreams: ~Copyable {
  /// Input, output and error, open as long as this value lives.
  private(set) var numbers: (Int32, Int32, Int32)
  /// What was opened for these tasks alone, and is closed with this value.
  private let input: Descriptor?
  private let output: Descriptor?
  private let error: Descriptor?

  /// A file that could not be opened: which, and why.
  struct Failure: Error {
    let stream: String
    let error: SystemError
  }

  /// - Parameters:
  ///   - attempt: keeps the files of the store open after this value is gone.
  ///   - noInput: the null device, open for reading.
  init(
    for order: StartOrder, _ attempt: Attempt, _ files: OutputFiles, noInput: borrowing Descriptor
  ) throws(Failure) {
    var input: Descriptor?
    var output: Descriptor?
    var error: Descriptor?
    numbers = (noInput.number, -1, -1)
    if let path = order.input {
      let opened = try Self.open("input", path, order, O_RDONLY)
      numbers.0 = opened.number
      input = consume opened
    }
    // Where some tasks run already they may have written: nothing is emptied, what follows is added.
    let flags = O_WRONLY | O_CREAT | (!attempt.sessions.isEmpty ? O_APPEND : O_TRUNC)
    if attempt.collected?.streams.contains(.output) == true || order.output.map(TaskPath.isPerTask) == true {
      numbers.1 = noInput.number
    } else if let path = order.output {
      let opened = try Self.open("output", path, order, flags)
      numbers.1 = opened.number
      output = consume opened
    } else {
      numbers.1 = try Self.openStored(&attempt.output, attempt, files)
    }
    if attempt.collected?.streams.contains(.error) == true || order.error.map(TaskPath.isPerTask) == true {
      numbers.2 = noInput.number
    } else if let path = order.error, path == order.output {
      numbers.2 = numbers.1
    } else if let path = order.error {
      let opened = try Self.open("error", path, order, flags)
      numbers.2 = opened.number
      error = consume opened
    } else {
      numbers.2 = try Self.openStored(&attempt.error, attempt, files)
    }
    self.input = input
    self.output = output
    self.error = error
  }

  private static func openStored(
    _ stream: inout StoredStream, _ attempt: Attempt, _ files: OutputFiles
  ) throws(Failure) -> Int32 {
    do throws(SystemError) { return try files.open(&stream, of: attempt.id) } catch {
      throw Failure(stream: stream.stream == .output ? "output" : "error", error: error)
    }
  }

  static func open(
    _ stream: String, _ path: String, _ order: StartOrder, _ flags: Int32
  ) throws(Failure) -> Descriptor {
    do throws(SystemError) {
      let path = path.hasPrefix("/") ? path : "\(order.workingDirectory)/\(path)"
      let flags = flags | O_NOCTTY | O_NONBLOCK
      // Reading makes no file, so no mask matters to it.
      guard let mask = order.umask, flags & O_CREAT != 0 else {
        return try checked(try Descriptor(path: path, flags: flags, mode: 0o666), flags)
      }
      let before = Glibc.umask(mode_t(mask & 0o777))
      defer { _ = Glibc.umask(before) }
      return try checked(try Descriptor(path: path, flags: flags, mode: 0o666), flags)
    } catch {
      throw Failure(stream: stream, error: error)
    }
  }

  /// Refuses what could block or has side effects: only plain files and the null device pass.
  ///
  /// Checked on the open file, so no exchange of the path can slip something else in.
  private static func checked(_ file: consuming Descriptor, _ flags: Int32) throws(SystemError) -> Descriptor {
    var status = stat()
    if unsafe fstat(file.number, &status) != 0 { throw .last }
    let kind = status.st_mode & S_IFMT
    // Character device 1:3, as the kernel numbers it.
    let isNull = kind == S_IFCHR && status.st_rdev == 0x103
    guard kind == S_IFREG || isNull else { throw SystemError(kind == S_IFDIR ? EISDIR : EACCES) }
    if fcntl(file.number, F_SETFL, flags & O_APPEND) != 0 { throw .last }
    return file
  }
}

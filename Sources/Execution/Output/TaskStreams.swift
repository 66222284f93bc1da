import BrokerCore
import Glibc

/// The open files that become the standard streams of an attempt's tasks.
///
/// All tasks share one open file per stream, so what they write follows one another instead of overwriting.
struct TaskStreams: ~Copyable {
  /// Input, output and error, open as long as this value lives.
  let numbers: (Int32, Int32, Int32)
  private let input: Descriptor
  private let output: Descriptor
  /// `nil`: the same open file as `output`.
  private let error: Descriptor?

  /// A file that could not be opened: which, and why.
  struct Failure: Error {
    let stream: String
    let error: SystemError
  }

  /// - Parameter isResumed: some tasks run already and may have written: nothing is emptied, what follows is added.
  init(for order: StartOrder, store: OutputStore, spares: SpareFiles, isResumed: Bool) throws(Failure) {
    let flags = O_WRONLY | O_CREAT | (isResumed ? O_APPEND : O_TRUNC)
    if !isResumed {
      if order.output == nil { spares.take(to: store.path(order.id, .output)) }
      if order.error == nil { spares.take(to: store.path(order.id, .error)) }
    }
    let input = try Self.openInput(order)
    let output = try Self.openOutput("output", order.output, order, flags, store.path(order.id, .output))
    var errorNumber = output.number
    var error: Descriptor?
    if order.output == nil || order.output != order.error {
      let opened = try Self.openOutput("error", order.error, order, flags, store.path(order.id, .error))
      errorNumber = opened.number
      error = consume opened
    }
    numbers = (input.number, output.number, errorNumber)
    self.input = input
    self.output = output
    self.error = error
  }

  private static func openInput(_ order: StartOrder) throws(Failure) -> Descriptor {
    let path = order.input.map { absolute($0, order) } ?? "/dev/null"
    do throws(SystemError) {
      return try checked(try Descriptor(path: path, flags: O_RDONLY | O_NOCTTY | O_NONBLOCK))
    } catch {
      throw Failure(stream: "input", error: error)
    }
  }

  private static func openOutput(
    _ stream: String, _ path: String?, _ order: StartOrder, _ flags: Int32, _ stored: String
  ) throws(Failure) -> Descriptor {
    do throws(SystemError) {
      guard let path else {
        return try Descriptor(path: stored, flags: flags | O_APPEND, mode: 0o600)
      }
      let flags = flags | O_NOCTTY | O_NONBLOCK
      guard let mask = order.umask else {
        return try checked(try Descriptor(path: absolute(path, order), flags: flags, mode: 0o666))
      }
      let before = Glibc.umask(mode_t(mask & 0o777))
      defer { _ = Glibc.umask(before) }
      return try checked(try Descriptor(path: absolute(path, order), flags: flags, mode: 0o666))
    } catch {
      throw Failure(stream: stream, error: error)
    }
  }

  private static func absolute(_ path: String, _ order: StartOrder) -> String {
    path.hasPrefix("/") ? path : "\(order.workingDirectory)/\(path)"
  }

  /// Refuses what could block or has side effects: only plain files and the null device pass.
  ///
  /// Checked on the open file, so no exchange of the path can slip something else in.
  private static func checked(_ file: consuming Descriptor) throws(SystemError) -> Descriptor {
    var status = stat()
    if unsafe fstat(file.number, &status) != 0 { throw .last }
    let kind = status.st_mode & S_IFMT
    // Character device 1:3, as the kernel numbers it.
    let isNull = kind == S_IFCHR && status.st_rdev == 0x103
    guard kind == S_IFREG || isNull else { throw SystemError(kind == S_IFDIR ? EISDIR : EACCES) }
    if fcntl(file.number, F_SETFL, 0) != 0 { throw .last }
    return file
  }
}

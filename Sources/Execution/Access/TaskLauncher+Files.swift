import BrokerCore
import Glibc

extension TaskLauncher {
  /// In a command: the attempt's temporary directory.
  /// - Source: flux-batch(1), whose scripts are `{{tmpdir}}/script`.
  private static let tag = "{{tmpdir}}"

  /// Writes the files that travel with the job.
  ///
  /// - Returns: the command, with the place where they are.
  func giveFiles(_ attempt: Attempt, _ order: StartOrder) throws(Failure) -> [String] {
    guard !order.shell.files.isEmpty else { return order.command }
    guard let number = attempt.directory else { throw Failure(reason: "files: there is no directory for them") }
    let directory = directories.path(number)
    for file in order.shell.files {
      do throws(SystemError) { try write(file, to: "\(directory)/\(file.name)") } catch {
        throw Failure(reason: "files: \(error.text): \(file.name)", isShortage: error.isShortage)
      }
    }
    return order.command.map { argument in
      argument.split(separator: Self.tag, omittingEmptySubsequences: false).joined(separator: directory)
    }
  }

  /// Anew where it is there: the tasks of an attempt may be started in several tries.
  private func write(_ file: OrderFile, to path: String) throws(SystemError) {
    unsafe unlink(path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    let open = try Descriptor(path: path, flags: flags, mode: 0o600)
    var rest = file.bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(open.number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .last }
      rest = rest.dropFirst(count)
    }
    if fchmod(open.number, mode_t(file.mode)) != 0 { throw .last }
  }
}

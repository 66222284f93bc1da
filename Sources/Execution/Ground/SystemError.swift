import CProcess
import Glibc

/// What a system call reported.
struct SystemError: Error, Equatable {
  /// The C library's error number.
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// The error of the system call made just before.
  static var last: SystemError { SystemError(errno) }

  /// Worth another try after a while: the machine lacks something that it may have again.
  var isShortage: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(number) }

  /// The symbolic name such as `ENOENT`.
  var name: String { unsafe String(cString: sluice_error_name(number)) }

  /// `ENOENT (No such file or directory)`, for users.
  var text: String { unsafe "\(name) (\(String(cString: strerror(number))))" }
}

import Glibc

/// What could not be done with which file.
public struct SecretFileError: Error, Sendable, Equatable, CustomStringConvertible {
  public let action: String
  public let path: String
  /// An `errno`.
  public let code: CInt

  public var description: String {
    "could not \(action) \(path): "
      + (unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)")
  }
}

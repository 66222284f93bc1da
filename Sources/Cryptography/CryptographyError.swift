import COpenSSL

/// What OpenSSL refused, and why.
public struct CryptographyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was being done, as the end of "could not …".
  public let operation: String
  /// OpenSSL's error queue, oldest first; empty when the refusal is ours.
  public let reasons: [String]

  public init(operation: String, reasons: [String] = []) {
    self.operation = operation
    self.reasons = reasons
  }

  public var description: String {
    "could not \(operation)" + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
  }

  /// Empties this thread's error queue into an error.
  static func capture(_ operation: String) -> CryptographyError {
    var reasons: [String] = []
    // OpenSSL keeps at most 16 errors in a thread's queue.
    while case let code = ERR_get_error(), code != 0 {
      reasons.append(describe(code))
    }
    return CryptographyError(operation: operation, reasons: reasons)
  }

  private static func describe(_ code: UInt) -> String {
    // ERR_error_string_n wants at least 256 bytes.
    var text = [CChar](repeating: 0, count: 256)
    unsafe ERR_error_string_n(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Runs a call to OpenSSL with a clean error queue; its null result becomes a thrown error.
///
/// The queue belongs to the thread: what an earlier call left there would be blamed on this one.
func opened(
  _ operation: String, _ call: () -> OpaquePointer?
) throws(CryptographyError) -> OpaquePointer {
  ERR_clear_error()
  guard let pointer = unsafe call() else { throw CryptographyError.capture(operation) }
  return unsafe pointer
}

/// Runs a call to OpenSSL with a clean error queue; any result below 1 becomes a thrown error.
func checked(_ operation: String, _ call: () -> CInt) throws(CryptographyError) {
  ERR_clear_error()
  guard call() > 0 else { throw CryptographyError.capture(operation) }
}

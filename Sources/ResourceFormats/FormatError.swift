/// Why a document is not read.
public enum FormatError: Error, Hashable, Sendable {
  /// It is no JSON text, or text that no reader may trust: a name twice, a number beyond 64 bits; `offset` in bytes.
  case malformed(offset: Int, message: String)
  /// It is JSON, but describes no resources; never empty, at most `FormatLimits.maximumFaults`.
  case invalid([FormatFault])
}

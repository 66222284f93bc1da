/// Why a text is not a key.
public enum KeyError: Error, Equatable, Sendable {
  case empty
  /// More than `KeyValueLimits.keyBytes`.
  case tooLong(bytes: Int)
  /// More than `KeyValueLimits.keySegments`.
  case tooManySegments(Int)
  /// `.` at the start, at the end or twice in a row; also `.` alone where a directory may not be named.
  case emptySegment
  case notUTF8
  /// A control byte, `/` or `\`.
  case forbiddenByte(UInt8)
}

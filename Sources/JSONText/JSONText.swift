import CJansson
public import Vocabulary

/// JSON text to values, strictly by RFC 8259, within limits, without duplicate names and without NUL.
///
/// - Source: the jansson manual, "Decoding"; it decides what is JSON and what is not.
public enum JSONText {
  /// What the outermost value may be.
  public enum Root: Sendable {
    case container
    case any
  }

  /// Parses one JSON text.
  ///
  /// - Throws: `JSONSyntaxError` with the first thing that is wrong.
  public static func parse(
    _ bytes: Span<UInt8>, limits: JSONLimits = .body, root: Root = .container
  ) throws(JSONSyntaxError) -> JSONValue {
    try TextScan.check(bytes, limits)
    let flags = JSON_REJECT_DUPLICATES | (root == .any ? JSON_DECODE_ANY : 0)
    var error = json_error_t()
    let parsed = unsafe bytes.withUnsafeBufferPointer { text in
      unsafe text.withMemoryRebound(to: CChar.self) { text in
        unsafe json_loadb(text.baseAddress, text.count, Int(flags), &error)
      }
    }
    guard let parsed = unsafe parsed else { throw JSONSyntaxError(error, bytes) }
    defer { unsafe json_decref(parsed) }
    return unsafe JSONValue(copying: parsed)
  }

  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = .body, root: Root = .container
  ) throws(JSONSyntaxError) -> JSONValue {
    try parse(bytes.span, limits: limits, root: root)
  }

  public static func parse(
    _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .body, root: Root = .container
  ) throws(JSONSyntaxError) -> JSONValue {
    try parse(bytes.span, limits: limits, root: root)
  }

  /// Parses a text that must be an object, as request bodies are.
  public static func parseObject(
    _ bytes: Span<UInt8>, limits: JSONLimits = .body
  ) throws(JSONSyntaxError) -> JSONObject {
    guard case .object(let object) = try parse(bytes, limits: limits) else {
      throw JSONSyntaxError(kind: .malformed, line: 1, column: 1, reason: "the text must be an object")
    }
    return object
  }

  public static func parseObject(
    _ bytes: [UInt8], limits: JSONLimits = .body
  ) throws(JSONSyntaxError) -> JSONObject {
    try parseObject(bytes.span, limits: limits)
  }

  public static func parseObject(
    _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .body
  ) throws(JSONSyntaxError) -> JSONObject {
    try parseObject(bytes.span, limits: limits)
  }
}

import JSONText
public import Vocabulary

/// A refusal as the broker words it.
///
/// - Source: RFC 9457, with the members `code`, `request_id` and `errors`.
public struct Problem: Sendable, Equatable {
  /// One thing that is wrong with the request.
  public struct Fault: Sendable, Equatable {
    /// A JSON pointer into the request's body (RFC 6901); empty for the whole.
    public let pointer: String
    public let message: String

    public init(pointer: String, message: String) {
      self.pointer = pointer
      self.message = message
    }
  }

  public let status: Int
  public let title: String
  public let detail: String?
  /// Stable, for programs.
  public let code: String?
  public let requestID: String?
  public let faults: [Fault]
  /// Where history is gone: the oldest position to start after.
  public let oldestPosition: String?
  /// Seconds until another try makes sense, where the broker said.
  public var retryAfterSeconds: Int?
  /// Whether a job was to be submitted by itself: that can be tried first.
  public var isOfSubmission = false

  /// Reads the body of an answer; makes do with the status where it is no problem document.
  public init(status: Int, body: [UInt8]) {
    let json = try? JSONText.parse(body)
    self.init(
      status: status, json: json ?? .null, fallback: String(decoding: body.prefix(200), as: UTF8.self))
  }

  /// - Parameter fallback: what to show when `json` is no problem document.
  public init(status: Int, json: JSONValue, fallback: String = "") {
    self.status = json["status"]?.integer.flatMap { Int(exactly: $0) } ?? status
    title = json["title"]?.string ?? "The broker answered \(status)"
    let plain = fallback.split(whereSeparator: \.isNewline).first.map(String.init)
    detail = json["detail"]?.string ?? (json.object == nil ? plain : nil)
    code = json["code"]?.string
    requestID = json["request_id"]?.string
    oldestPosition = json["oldest"]?.string
    faults = (json["errors"]?.array ?? []).compactMap { fault in
      guard let message = fault["message"]?.string else { return nil }
      return Fault(pointer: fault["pointer"]?.string ?? "", message: message)
    }
  }

  /// Several lines for people: what is wrong, where, and the id to ask an administrator about.
  public var report: String {
    var lines = [title]
    if let detail, detail != title { lines[0] += ": \(detail)" }
    if let code { lines[0] += " [\(status) \(code)]" } else { lines[0] += " [\(status)]" }
    // One fault is often the detail already.
    for fault in faults where detail != "\(fault.pointer): \(fault.message)" {
      lines.append("  \(fault.pointer.isEmpty ? "(whole request)" : fault.pointer): \(fault.message)")
    }
    if let requestID { lines.append("  request id: \(requestID)") }
    return lines.joined(separator: "\n")
  }

  /// What is wrong, in one line.
  public var summary: String {
    if faults.isEmpty { return detail ?? title }
    return faults.map { $0.pointer.isEmpty ? $0.message : "\($0.pointer): \($0.message)" }.joined(separator: "; ")
  }

  /// What to do next, by status.
  public var advice: String? {
    switch status {
    case 400, 415, 422:
      faults.isEmpty
        ? nil
        : "Correct what is listed above" + (isOfSubmission ? "; --dry-run checks a job without submitting it." : ".")
    case 401:
      "Give a token with --token-file, SLUICE_TOKEN_FILE or SLUICE_TOKEN; "
        + "whoever runs the broker makes one with 'sluice token issue'."
    case 403: "'sluice whoami' shows who you are to this broker; ask whoever runs it for the right."
    case 404: "Check the id; 'sluice jobs -a' lists the jobs you may see."
    case 409: "Look at its state first: 'sluice jobs' or 'sluice job status ID'."
    case 410:
      "That part of history is gone; list first, then stream without --since"
        + (oldestPosition.map { ", or with --since=\($0)." } ?? ".")
    case 413, 414, 431:
      "Send less at once, with --env='-*' for example; 'sluice limits' shows what the broker takes."
    case 421: "Use a name that the broker's certificate holds."
    case 429, 503:
      "Try again \(retryAfterSeconds.map { "in \($0) s" } ?? "a little later"); "
        + "the broker is busy, nothing was done."
    case 500...: "Tell whoever runs the broker, with the request id."
    default: nil
    }
  }
}

/// Why the server refused a request before the application saw it.
public struct GuardFault: Sendable, Hashable, Error {
  public let status: Int
  /// Stable, for programs.
  public let code: String
  /// For people; holds nothing of the request.
  public let detail: String
  /// Whether the connection cannot be used any more, since the request's end is in doubt.
  public let closesConnection: Bool

  init(_ status: Int, _ code: String, _ detail: String, closes: Bool = true) {
    self.status = status
    self.code = code
    self.detail = detail
    closesConnection = closes
  }

  static func framing(_ detail: String) -> GuardFault { GuardFault(400, "bad_framing", detail) }
  static func field(_ detail: String) -> GuardFault { GuardFault(400, "bad_header", detail) }
  static func target(_ detail: String) -> GuardFault { GuardFault(400, "bad_target", detail, closes: false) }
  static let bodyTooLarge = GuardFault(413, "body_too_large", "The body is larger than this resource takes.")
  static let unexpectedBody = GuardFault(400, "unexpected_body", "A request of this method has no body.")
}

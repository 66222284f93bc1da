import CCurl

/// Why there is no answer.
public struct HTTPCallError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// No connection: nobody listens, or the name is unknown.
    case unreachable
    /// A time limit passed.
    case timedOut
    /// The server's certificate does not convince.
    case untrusted
    /// The connection broke before the answer's end; the request may have been carried out.
    case cut
    /// The answer is larger than this client takes.
    case tooLarge
    /// The call cannot be made as it is written.
    case unusable
  }

  public let kind: Kind
  /// For people.
  public let reason: String

  public init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  public var description: String { reason }

  /// Sorts libcurl's codes by what a caller can do about them.
  init(code: CURLcode, detail: String) {
    let reason = detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      self.init(.unreachable, reason)
    case CURLE_OPERATION_TIMEDOUT: self.init(.timedOut, reason)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
      self.init(.untrusted, reason)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
      self.init(.unusable, reason)
    default: self.init(.cut, reason)
    }
  }
}

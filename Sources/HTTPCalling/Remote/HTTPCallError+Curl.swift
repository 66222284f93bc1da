import CCurl

extension HTTPCallError {
  /// Sorts libcurl's codes by what a caller can do about them.
  init(code: CURLcode, detail: String) {
    let reason = detail.isEmpty ? unsafe String(cString: sluice_curl_easy_strerror(code)) : detail
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

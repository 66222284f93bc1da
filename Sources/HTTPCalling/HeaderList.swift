import CCurl

/// Request headers in libcurl's form; owns one `curl_slist`.
@safe struct HeaderList: ~Copyable {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  /// - Parameter isPulled: the body's length is unknown, so it goes in chunks.
  init(of call: HTTPCall, isPulled: Bool) throws(HTTPCallError) {
    unsafe first = nil
    var lines: [String] = []
    for header in call.headers {
      guard header.isSendable else {
        throw HTTPCallError(.unusable, "The header \(header.name) holds a character that cannot be sent")
      }
      // libcurl takes "Name:" as an order to leave the header out; "Name;" sends it empty.
      lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    // libcurl would otherwise call every body a form.
    if call.body != nil, !call.headers.contains(where: { $0.isNamed("Content-Type") }) {
      lines.append("Content-Type:")
    }
    if isPulled { lines.append("Transfer-Encoding: chunked") }
    for line in lines {
      guard let longer = unsafe curl_slist_append(first, line) else {
        fatalError("Out of memory for headers")
      }
      unsafe first = longer
    }
  }

  deinit { unsafe curl_slist_free_all(first) }
}

import CCurl

/// Request headers in libcurl's form; owns one `curl_slist`.
@safe struct HeaderList: ~Copyable {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  /// - Parameter isPulled: the body's length is unknown, so it goes in chunks.
  init(of call: HTTPCall, isPulled: Bool) {
    unsafe first = nil
    // libcurl takes "Name:" as an order to leave the header out; "Name;" sends it empty.
    var lines = call.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    // libcurl would otherwise call every body a form.
    if call.body != nil, !call.headers.contains(where: { $0.isNamed("Content-Type") }) {
      lines.append("Content-Type:")
    }
    if isPulled { lines.append("Transfer-Encoding: chunked") }
    for line in lines {
      guard let longer = unsafe sluice_curl_slist_append(first, line) else {
        fatalError("Out of memory for headers")
      }
      unsafe first = longer
    }
  }

  deinit { unsafe sluice_curl_slist_free_all(first) }
}

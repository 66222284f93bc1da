import CCurl

/// HTTPS over a network, by libcurl; owns one of its handles.
@safe final class RemoteTransport: HTTPTransport {
  /// Why libcurl did not start; `nil` where it did. Its start is not safe to run twice at once; a static is
  /// initialised once.
  private static let whyItDidNotStart = unsafe sluice_curl_start().map { unsafe String(cString: $0) }

  let scheme: String
  private let options: HTTPClientOptions
  /// `nil` until the first call.
  private var handle: UnsafeMutableRawPointer?
  /// Where libcurl writes what went wrong; at the same address for the handle's whole life.
  private let detail: UnsafeMutablePointer<CChar>

  /// - Parameter scheme: anything but `https` is for tests.
  init(_ options: HTTPClientOptions, scheme: String = "https") {
    self.options = options
    self.scheme = scheme
    unsafe detail = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    if let handle = unsafe handle { unsafe sluice_curl_easy_cleanup(handle) }
    unsafe detail.deallocate()
  }

  func perform(_ call: HTTPCall, _ exchange: HTTPExchange) throws(HTTPCallError) {
    try prepare()
    let headers = HeaderList(of: call, isPulled: exchange.isPulled)
    // Keeps the connection, forgets everything else of the call before.
    unsafe sluice_curl_easy_reset(handle)
    unsafe detail[0] = 0
    try configureRoute(for: call, isOpenEnded: exchange.isOpenEnded)
    try configureRequest(call, headers, isPulled: exchange.isPulled)
    let state = TransferState(exchange)
    let code = BrokenPipe.withoutSignal { run(state, sending: call.body) }
    _ = consume headers
    guard code == CURLE_OK || exchange.ending != nil else {
      throw unsafe HTTPCallError(code: code, detail: String(cString: detail))
    }
  }

  private func prepare() throws(HTTPCallError) {
    guard unsafe handle == nil else { return }
    if let reason = Self.whyItDidNotStart {
      throw HTTPCallError(.unusable, "libcurl, which calls over a network need, cannot be used: \(reason)")
    }
    guard let fresh = unsafe sluice_curl_easy_init() else { fatalError("Out of memory for libcurl") }
    unsafe handle = fresh
  }

  /// Where the call goes, whom it trusts on the way, and how long it may take.
  private func configureRoute(for call: HTTPCall, isOpenEnded: Bool) throws(HTTPCallError) {
    try set(CURLOPT_URL, call.url)
    try set(CURLOPT_PROTOCOLS_STR, scheme)
    try set(CURLOPT_USERAGENT, options.userAgent)
    try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    // Without it a name lookup that times out raises SIGALRM, which threads share.
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let path = options.authorityFile {
      try set(CURLOPT_CAINFO, path)
      // Or the system's folder of authorities would be believed as well.
      unsafe sluice_curl_set_text(handle, CURLOPT_CAPATH, nil)
    }
    // An empty proxy overrules the environment's: what is on this machine is never sent through another.
    if URLHost(of: call.url).isLoopback { try set(CURLOPT_PROXY, "") }
    try set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeoutMilliseconds)
    if isOpenEnded {
      try set(CURLOPT_LOW_SPEED_LIMIT, 1)
      try set(CURLOPT_LOW_SPEED_TIME, options.stallSeconds)
    } else {
      try set(CURLOPT_TIMEOUT_MS, options.timeoutMilliseconds)
    }
  }

  /// Method, headers, and what kind of body follows.
  private func configureRequest(
    _ call: HTTPCall, _ headers: borrowing HeaderList, isPulled: Bool
  ) throws(HTTPCallError) {
    if isPulled {
      try set(CURLOPT_UPLOAD, 1)
    } else if let body = call.body {
      try set(CURLOPT_POST, 1)
      guard unsafe sluice_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)) == CURLE_OK
      else {
        throw HTTPCallError(.unusable, "libcurl refused a body of \(body.count) bytes")
      }
    } else if call.method == "HEAD" {
      try set(CURLOPT_NOBODY, 1)
    }
    try set(CURLOPT_CUSTOMREQUEST, call.method)
    unsafe sluice_curl_set_list(handle, CURLOPT_HTTPHEADER, headers.first)
  }

  /// Runs the exchange; every pointer handed to libcurl here is valid until it returns.
  private func run(_ state: TransferState, sending body: [UInt8]?) -> CURLcode {
    withExtendedLifetime(state) {
      let context = unsafe Unmanaged.passUnretained(state).toOpaque()
      unsafe sluice_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, detail)
      unsafe sluice_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
      unsafe sluice_curl_set_callback(handle, CURLOPT_HEADERFUNCTION, TransferState.onHeader)
      unsafe sluice_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
      unsafe sluice_curl_set_callback(handle, CURLOPT_WRITEFUNCTION, TransferState.onWrite)
      unsafe sluice_curl_set_pointer(handle, CURLOPT_READDATA, context)
      unsafe sluice_curl_set_callback(handle, CURLOPT_READFUNCTION, TransferState.onRead)
      guard let body else { return unsafe sluice_curl_easy_perform(handle) }
      return unsafe body.withUnsafeBytes { bytes in
        // An empty array may have no address, and none would make libcurl read the body elsewhere.
        guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
          return unsafe "".withCString { empty in
            unsafe sluice_curl_set_text(handle, CURLOPT_POSTFIELDS, empty)
            return unsafe sluice_curl_easy_perform(handle)
          }
        }
        unsafe sluice_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: start))
        return unsafe sluice_curl_easy_perform(handle)
      }
    }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPCallError) {
    guard unsafe sluice_curl_set_long(handle, option, value) == CURLE_OK else {
      throw HTTPCallError(.unusable, "libcurl refused option \(option.rawValue)")
    }
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPCallError) {
    guard !value.utf8.contains(0), unsafe sluice_curl_set_text(handle, option, value) == CURLE_OK else {
      throw HTTPCallError(.unusable, "libcurl refused option \(option.rawValue): \(value)")
    }
  }
}

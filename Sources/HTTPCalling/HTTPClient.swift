import CCurl

/// Makes HTTP calls, one at a time; owns one libcurl handle, whose connection is kept for the next call.
///
/// Blocking: a thread that wants to do two things at once has two clients.
@safe public struct HTTPClient: ~Copyable {
  /// libcurl's own start is not safe to run twice at once; a static is initialised once.
  private static let isStarted = sluice_curl_start() == CURLE_OK

  private let handle: UnsafeMutableRawPointer
  /// Where libcurl writes what went wrong; at the same address for the handle's whole life.
  private let detail: UnsafeMutablePointer<CChar>
  public let options: HTTPClientOptions

  public init(_ options: HTTPClientOptions = HTTPClientOptions()) {
    guard Self.isStarted, let handle = unsafe curl_easy_init() else { fatalError("libcurl did not start") }
    unsafe self.handle = handle
    unsafe detail = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.options = options
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe detail.deallocate()
  }

  /// Sends `call` and collects the answer, whatever its status.
  public mutating func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
    try exchange(call, pulling: nil, onBytes: nil)
  }

  /// Sends `call` and hands the bytes of a successful answer over as they arrive.
  ///
  /// - Parameter onBytes: returns whether to go on; when it does not, the answer so far is returned.
  /// - Returns: status and headers; a body only where the status is no success.
  public mutating func stream(
    _ call: HTTPCall, onBytes: @escaping (Span<UInt8>) -> Bool
  ) throws(HTTPCallError) -> HTTPAnswer {
    try exchange(call, pulling: nil, onBytes: onBytes)
  }

  /// Sends a body that is made while it is sent (chunked), and collects or streams the answer.
  ///
  /// - Parameter pulling: the next piece; `nil` at the end.
  public mutating func upload(
    _ call: HTTPCall, pulling: @escaping () -> [UInt8]?, onBytes: ((Span<UInt8>) -> Bool)? = nil
  ) throws(HTTPCallError) -> HTTPAnswer {
    precondition(call.body == nil, "A call has one body")
    return try exchange(call, pulling: pulling, onBytes: onBytes)
  }

  private mutating func exchange(
    _ call: HTTPCall, pulling: (() -> [UInt8]?)?, onBytes: ((Span<UInt8>) -> Bool)?
  ) throws(HTTPCallError) -> HTTPAnswer {
    let exchange = HTTPExchange(limit: options.answerLimit, pulling: pulling, onBytes: onBytes)
    let headers = try HeaderList(of: call, isPulled: pulling != nil)
    // Keeps the connection, forgets everything else of the call before.
    unsafe curl_easy_reset(handle)
    unsafe detail[0] = 0
    try configureRoute(for: call, isOpenEnded: pulling != nil || onBytes != nil)
    try configureRequest(call, headers, isPulled: pulling != nil)
    let code = BrokenPipe.withoutSignal { perform(with: exchange, sending: call.body) }
    _ = consume headers
    var status = 0
    unsafe sluice_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    return try exchange.answer(code, status: status, detail: unsafe String(cString: detail))
  }
}

extension HTTPClient {
  /// Where the call goes, whom it trusts on the way, and how long it may take.
  private func configureRoute(for call: HTTPCall, isOpenEnded: Bool) throws(HTTPCallError) {
    let scheme = options.socketPath == nil ? "https" : "http"
    guard call.url.hasPrefix("\(scheme)://") else {
      throw HTTPCallError(.unusable, "This client calls \(scheme) URLs only, not \(call.url)")
    }
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
      unsafe sluice_set_text(handle, CURLOPT_CAPATH, nil)
    }
    if let path = options.socketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
    // An empty proxy overrules the environment's: what is on this machine is never sent through another.
    if options.socketPath != nil || URLHost(of: call.url).isLoopback { try set(CURLOPT_PROXY, "") }
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
      guard unsafe sluice_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)) == CURLE_OK
      else {
        throw HTTPCallError(.unusable, "libcurl refused a body of \(body.count) bytes")
      }
    } else if call.method == "HEAD" {
      try set(CURLOPT_NOBODY, 1)
    }
    try set(CURLOPT_CUSTOMREQUEST, call.method)
    unsafe sluice_set_list(handle, CURLOPT_HTTPHEADER, headers.first)
  }

  /// Runs the exchange; every pointer handed to libcurl here is valid until it returns.
  private func perform(with exchange: HTTPExchange, sending body: [UInt8]?) -> CURLcode {
    withExtendedLifetime(exchange) {
      let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
      unsafe sluice_set_pointer(handle, CURLOPT_ERRORBUFFER, detail)
      unsafe sluice_set_pointer(handle, CURLOPT_HEADERDATA, context)
      unsafe sluice_set_callback(handle, CURLOPT_HEADERFUNCTION, HTTPExchange.onHeader)
      unsafe sluice_set_pointer(handle, CURLOPT_WRITEDATA, context)
      unsafe sluice_set_callback(handle, CURLOPT_WRITEFUNCTION, HTTPExchange.onWrite)
      unsafe sluice_set_pointer(handle, CURLOPT_READDATA, context)
      unsafe sluice_set_callback(handle, CURLOPT_READFUNCTION, HTTPExchange.onRead)
      guard let body else { return unsafe curl_easy_perform(handle) }
      return unsafe body.withUnsafeBytes { bytes in
        // An empty array may have no address, and none would make libcurl read the body elsewhere.
        guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
          return unsafe "".withCString { empty in
            unsafe sluice_set_text(handle, CURLOPT_POSTFIELDS, empty)
            return unsafe curl_easy_perform(handle)
          }
        }
        unsafe sluice_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: start))
        return unsafe curl_easy_perform(handle)
      }
    }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPCallError) {
    guard unsafe sluice_set_long(handle, option, value) == CURLE_OK else {
      throw HTTPCallError(.unusable, "libcurl refused option \(option.rawValue)")
    }
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPCallError) {
    guard !value.utf8.contains(0), unsafe sluice_set_text(handle, option, value) == CURLE_OK else {
      throw HTTPCallError(.unusable, "libcurl refused option \(option.rawValue): \(value)")
    }
  }
}

import HTTPCalling
import JSONText
public import Vocabulary

/// Reading and writing keys (`docs/rfc/4-key-value-store.md`).
extension BrokerClient {
  /// Keys that one request reads, and operations of one transaction: the API's limit.
  public static var largestTransaction: Int { 128 }
  /// Bytes of a value; what is larger is a blob.
  public static var largestValue: Int { 1 << 20 }
  /// How long one request waits for a key or for others; the API grants 60 s.
  static var longestWait: Double { 55 }

  /// One value or blob, handed over as it arrives.
  ///
  /// - Parameters:
  ///   - revision: as it was after this one; `nil`: as it is now.
  ///   - onBytes: called in order, not at all for an empty value.
  @discardableResult
  public func readValue(
    of key: String, in space: KeySpace, at revision: String? = nil, onBytes: @escaping ([UInt8]) -> Void
  ) throws(ClientError) -> StoredValue {
    var received = 0
    let call = prepared(
      "GET", try space.path("keys", key), query: space.query([("at", revision)]), accept: "*/*")
    let answer = try repeated(.harmless) { () throws(HTTPCallError) in
      do throws(HTTPCallError) {
        return try http.stream(call) { bytes in
          received += bytes.count
          onBytes(unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) })
          return true
        }
      } catch {
        // What was handed over cannot be taken back, so it is not asked for again.
        throw received == 0 ? error : HTTPCallError(.unusable, "The value broke off: \(error.reason)")
      }
    }
    return StoredValue(
      mediaType: answer.header("Content-Type") ?? "", revision: Self.revision(in: answer.header("ETag")))
  }

  /// The number in `"1-8123"`.
  private static func revision(in tag: String?) -> UInt64 {
    tag.flatMap { Position($0.filter { $0 != "\"" }) }?.seq ?? 0
  }

  /// What the broker says about a key, with its value and, on request, its proof.
  ///
  /// - Parameter follows: whether a link at the key is followed; else the link itself is shown.
  public func keyObject(
    _ key: String, in space: KeySpace, at revision: String? = nil, follows: Bool = true, withProof: Bool = false
  ) throws(ClientError) -> JSONValue {
    let query = space.query([
      ("format", "json"), ("at", revision), ("follow", follows ? nil : "false"), ("proof", withProof ? "true" : nil),
    ])
    return try keyCall("GET", try space.path("keys", key), query, nil, .harmless)
  }

  /// Several keys of one revision: `{"revision","root","items"}`.
  public func readKeys(
    _ keys: [String], in space: KeySpace, at revision: Int64? = nil
  ) throws(ClientError) -> JSONValue {
    var body: JSONObject = ["keys": .array(keys.map { .string($0) })]
    if let revision { body["at"] = .integer(revision) }
    return try keyCall("POST", try space.path("read"), space.query(), .object(body), .harmless)
  }

  /// Waits until a key exists; the key as `keyObject` shows it, or `nil` when the time is up.
  ///
  /// - Parameter seconds: `nil` waits for ever.
  public func awaitKey(
    _ key: String, in space: KeySpace, follows: Bool = true, for seconds: Double? = nil
  ) throws(ClientError) -> JSONValue? {
    let path = try space.path("keys", key)
    let wait = PatientWait(seconds)
    while true {
      let query = space.query([
        ("wait", "created"), ("timeout", wait.nextTimeout), ("format", "json"), ("follow", follows ? nil : "false"),
      ])
      let answer = try transmit(prepared("GET", path, query: query, accept: "application/json"), .harmless)
      // It was there: from now on a restart is only a pause.
      outlastsRestarts = true
      if answer.status != 202 { return try parsedAnswer(answer) }
      if wait.isOver { return nil }
    }
  }

  /// Items of a directory, page by page.
  ///
  /// - Parameters:
  ///   - directory: `.` is the root.
  ///   - onPage: returns whether to go on.
  public func listKeys(
    in space: KeySpace, under directory: String, recursive: Bool, withValues: Bool, at revision: String? = nil,
    onPage: ([JSONValue]) -> Bool
  ) throws(ClientError) {
    var cursor: String?
    repeat {
      let query = space.query([
        ("prefix", directory), ("recursive", recursive ? "true" : nil), ("values", withValues ? "true" : nil),
        ("at", revision), ("limit", "1000"), ("cursor", cursor),
      ])
      let page = try keyCall("GET", try space.path("keys"), query, nil, .harmless)
      guard onPage(page["items"]?.array ?? []) else { return }
      cursor = page["next_cursor"]?.string
    } while cursor != nil
  }

  /// Puts bytes behind those that a key holds; `{"revision","root"}`.
  public func append(
    _ bytes: [UInt8], to key: String, in space: KeySpace, mediaType: String
  ) throws(ClientError) -> JSONValue {
    var call = prepared("PATCH", try space.path("keys", key), query: space.query(), accept: "application/json")
    call.headers.append(HTTPHeader("Content-Type", mediaType))
    call.body = bytes
    return try parsedAnswer(try transmit(call, .harmful))
  }

  /// Carries out one branch of a transaction, whole; `{"succeeded","revision","root","results"}`.
  ///
  /// - Parameter body: with the members `compare`, `then`, `else`.
  public func transact(_ body: JSONObject, in space: KeySpace) throws(ClientError) -> JSONValue {
    try keyCall("POST", try space.path("txn"), space.query(), .object(body), .harmful)
  }

  // MARK: Calls

  func keyCall(
    _ method: String, _ path: String, _ query: [(String, String)], _ body: JSONValue?, _ repetition: Repetition
  ) throws(ClientError) -> JSONValue {
    try parsedAnswer(try keyAnswer(method, path, query, body, repetition))
  }

  func keyAnswer(
    _ method: String, _ path: String, _ query: [(String, String)], _ body: JSONValue?, _ repetition: Repetition
  ) throws(ClientError) -> HTTPAnswer {
    var call = prepared(method, path, query: query, accept: "application/json")
    if let body {
      call.headers.append(HTTPHeader("Content-Type", "application/json"))
      call.body = Array(body.jsonText.utf8)
    }
    return try transmit(call, repetition)
  }

  func parsedAnswer(_ answer: HTTPAnswer) throws(ClientError) -> JSONValue {
    if answer.body.isEmpty { return .null }
    do throws(JSONSyntaxError) {
      return try JSONText.parse(answer.body, limits: Self.answerLimits, root: .any)
    } catch {
      throw ClientError("\(endpoint.name) answered something that is no JSON: \(error.reason)")
    }
  }
}

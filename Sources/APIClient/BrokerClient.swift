import Glibc
import HTTPCalling
import JSONText
public import Vocabulary

/// Calls one broker's API, one call at a time.
///
/// Confined to the thread that made it: a thread that wants to do two things at once has two clients.
public final class BrokerClient {
  /// Answers hold whole pages and a million ids; request limits would be too narrow.
  static let answerLimits = JSONLimits(maximumDepth: 64, maximumValues: 8_000_000, maximumBytes: 64 << 20)
  /// Tries of a call that may be repeated safely.
  private static let tries = 4
  /// Tries of such a call by someone who waits for a job anyway: the pauses add up to a minute and a half.
  private static let patientTries = 12
  /// Longest pause between two tries that a person at a prompt should sit through.
  private static let longestPauseSeconds = 10

  public let endpoint: BrokerEndpoint
  /// Whether calls that may be repeated also outlast a broker that is away, as one that restarts is for a
  /// moment.
  public var outlastsRestarts = false
  var http: HTTPClient
  private let base: String

  public init(_ endpoint: BrokerEndpoint) {
    self.endpoint = endpoint
    var options = HTTPClientOptions()
    options.authorityFile = endpoint.authorityFile
    switch endpoint.place {
    case .socket(let path):
      options.socketPath = path
      base = "http://localhost"
    case .address(let url): base = url
    }
    http = HTTPClient(options)
  }

  /// One call whose answer is JSON; anything but a success is thrown.
  ///
  /// - Parameters:
  ///   - path: percent-encoded segments.
  ///   - isRepeatable: whether a second arrival does no harm; broken connections and busy brokers are then
  ///     tried again.
  @discardableResult
  public func call(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
    headers: [(String, String)] = [], isRepeatable: Bool = false
  ) throws(ClientError) -> Reply {
    let bytes = body.map { Array($0.jsonText.utf8) }
    var call = prepared(method, path, query: query, headers: headers, accept: "application/json")
    if let bytes {
      call.headers.append(HTTPHeader("Content-Type", "application/json"))
      call.body = bytes
    } else if method == "POST" {
      call.body = []
    }
    let answer = try send(call, isRepeatable: isRepeatable || method == "GET")
    return Reply(status: answer.status, json: try parsed(answer))
  }

  /// What came back from a call that succeeded.
  public struct Reply: Sendable {
    public let status: Int
    /// `null` for an empty body.
    public let json: JSONValue
  }

  /// One call whose answer is bytes.
  func fetch(
    _ path: String, query: [(String, String)] = [], accept: String
  ) throws(ClientError) -> HTTPAnswer {
    try send(prepared("GET", path, query: query, accept: accept), isRepeatable: true)
  }

  func prepared(
    _ method: String, _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [],
    accept: String
  ) -> HTTPCall {
    var all = [HTTPHeader("Accept", "\(accept), application/problem+json")]
    if let token = endpoint.token { all.append(HTTPHeader("Authorization", "Bearer \(token.secret)")) }
    all += headers.map { HTTPHeader($0.0, $0.1) }
    return HTTPCall(method: method, url: base + path + URLText.query(query), headers: all)
  }

  /// The error that an answer stands for, when it is none of success.
  func problem(of answer: HTTPAnswer) -> ClientError {
    var problem = Problem(status: answer.status, body: answer.body)
    problem.retryAfterSeconds = answer.header("Retry-After").flatMap { Int($0) }
    return ClientError(problem)
  }

  func send(_ call: HTTPCall, isRepeatable: Bool) throws(ClientError) -> HTTPAnswer {
    var pause = 1
    let tries = outlastsRestarts ? Self.patientTries : Self.tries
    for _ in 1..<(isRepeatable ? tries : 1) {
      switch attempt(call) {
      case .success(let answer) where answer.isSuccess: return answer
      case .success(let answer) where [429, 503].contains(answer.status):
        let asked = answer.header("Retry-After").flatMap { Int($0) } ?? pause
        pause = max(1, min(asked, Self.longestPauseSeconds))
      case .success(let answer): throw problem(of: answer)
      case .failure(let error) where error.kind == .cut || outlastsRestarts && error.kind == .unreachable:
        break
      case .failure(let error): throw ClientError(error, calling: endpoint.name)
      }
      sleep(UInt32(pause))
      pause = min(pause * 2, Self.longestPauseSeconds)
    }
    switch attempt(call) {
    case .success(let answer) where answer.isSuccess: return answer
    case .success(let answer): throw problem(of: answer)
    case .failure(let error): throw ClientError(error, calling: endpoint.name)
    }
  }

  private func attempt(_ call: HTTPCall) -> Result<HTTPAnswer, HTTPCallError> {
    do throws(HTTPCallError) { return .success(try http.send(call)) } catch { return .failure(error) }
  }

  func parsed(_ answer: HTTPAnswer) throws(ClientError) -> JSONValue {
    if answer.body.isEmpty { return .null }
    do throws(JSONSyntaxError) {
      return try JSONText.parse(answer.body, limits: Self.answerLimits, root: .any)
    } catch {
      throw ClientError("\(endpoint.name) answered something that is no JSON: \(error.reason)")
    }
  }
}

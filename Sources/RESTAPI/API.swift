public import BrokerCore
public import Cryptography
import Dispatch
public import HTTPServing
public import Hosting
import Messaging
import Persistent

/// The REST surface over one broker: the door of the room.
///
/// A request passes the same checks in the same order everywhere: framing (before it comes here), host, caller,
/// route, method, media types, size; then the route's own handler reads the body and acts.
public final class API: HTTPApplication {
  public struct Configuration: Sendable {
    /// Names under which the broker is reached, lower case, without port.
    public let hosts: Set<String>
    /// The user that the broker runs as.
    public let ownerUserID: UInt32
    public let version: String
    /// Seals cursors, so that they cannot be made or changed outside.
    public let sealer: Sealer
    public let outputs: any OutputReading
    /// Gives running jobs their input.
    public let inputs: any InputPort
    public let blobs: any BlobStoring
    public let jobCredential: JobCredential
    public let purger: Purger
    public let httpLimits: HTTPLimits
    /// Counts that other rooms keep, for `/metrics`.
    public let statistics: @Sendable () -> [Statistic]

    public init(
      hosts: Set<String>, ownerUserID: UInt32, version: String, sealer: Sealer, outputs: any OutputReading,
      inputs: any InputPort, blobs: any BlobStoring, jobCredential: JobCredential, purger: Purger,
      httpLimits: HTTPLimits, statistics: @escaping @Sendable () -> [Statistic]
    ) {
      self.hosts = hosts
      self.ownerUserID = ownerUserID
      self.version = version
      self.sealer = sealer
      self.outputs = outputs
      self.inputs = inputs
      self.blobs = blobs
      self.jobCredential = jobCredential
      self.purger = purger
      self.httpLimits = httpLimits
      self.statistics = statistics
    }
  }

  let broker: Broker
  /// Which history this process goes on with; it never changes while it runs.
  let epoch: UInt32
  let configuration: Configuration
  let router = Router(API.routes)
  let signIn: SignIn
  let names = RequestNames()
  let readers = ReaderPool()
  let pacer: StreamPacer
  let streamCounts = StreamCounts()
  let keyFeeds = KeyFeeds()
  let outputFollowers = OutputFollowers()
  /// Ends waits whose time is up.
  let deadlines = DispatchQueue(label: "sluice.deadlines")
  let topics = TopicHub()
  let forecasts = LongQuestions("forecasts")
  let explanations = LongQuestions("explanations")
  let services: TimedServiceDesk

  public init(broker: Broker, configuration: Configuration) {
    self.broker = broker
    epoch = broker.withSnapshot { $0.epoch }
    self.configuration = configuration
    signIn = SignIn(ownerUserID: configuration.ownerUserID, broker: broker, jobCredential: configuration.jobCredential)
    pacer = StreamPacer(broker: broker)
    services = TimedServiceDesk(timers: deadlines)
  }

  /// Ends what this room's own threads do; call it when no server uses the API any more.
  public func stop() {
    pacer.stop()
    readers.stop()
  }

  static let routes: [Route] =
    operationRoutes + jobRoutes + jobActionRoutes + purgeRoutes + waitingRoutes + outputRoutes + inputRoutes
    + eventRoutes
    + tokenRoutes
    + namespaceRoutes + keyRoutes + transactionRoutes + fenceRoutes + keyWatchRoutes + blobRoutes
    + topicRoutes + serviceRoutes + graphRoutes + nodeRoutes + matchRoutes + allocationRoutes
    + queueRoutes + whatIfRoutes + explainRoutes

  // MARK: HTTPApplication

  public func refusal(_ fault: GuardFault, head: HTTPRequestHead?) -> HTTPResponse {
    var problem = Problem(fault.status, fault.code, fault.detail)
    problem.closesConnection = fault.closesConnection
    return problem.response(requestID: names.next())
  }

  public func admit(_ head: HTTPRequestHead) -> Admission {
    let requestID: String
    do throws(Problem) {
      requestID = try names.name(given: head.header("x-request-id"))
    } catch {
      return .refuse(error.response(requestID: names.next()))
    }
    do throws(Problem) {
      return try admit(head, requestID: requestID)
    } catch {
      return .refuse(error.response(requestID: requestID))
    }
  }

  private func admit(_ head: HTTPRequestHead, requestID: String) throws(Problem) -> Admission {
    try checkHost(head)
    let finding = router.find(head.method, head.path)
    let caller: Caller?
    if case .route(let route, _) = finding, route.access == .anyone {
      caller = nil
    } else {
      caller = try signIn.caller(of: head)
    }
    switch finding {
    case .nothing: throw .notFound
    case .otherMethods(let methods): throw .methodNotAllowed(methods)
    case .route(let route, let parameters):
      if route.access == .owner, caller?.role != .owner {
        throw Problem(403, "forbidden", "only the instance owner may do this")
      }
      try MediaTypes.checkAccept(head, route.produces)
      let context = RequestContext(head: head, requestID: requestID, caller: caller, parameters: parameters)
      return try admit(context, to: route)
    }
  }

  private func admit(_ context: RequestContext, to route: Route) throws(Problem) -> Admission {
    switch route.body {
    case .none(let handle):
      return .collect(limit: 0) { [self] _ in answer(context) { () throws(Problem) in try handle(self, context) } }
    case .whole(let types, let limit, let isOptional, let handle):
      if context.head.hasBody || !isOptional { try MediaTypes.checkContent(context.head, types) }
      if let length = context.head.contentLength, length > limit { throw Self.bodyTooLarge(limit) }
      return .collect(limit: limit) { [self] request in
        answer(context) { () throws(Problem) in try handle(self, context, request.body) }
      }
    case .pieces(let types, let makeReceiver):
      try MediaTypes.checkContent(context.head, types)
      return .receive(try makeReceiver(self, context))
    }
  }

  static func bodyTooLarge(_ limit: Int) -> Problem {
    var problem = Problem(413, "body_too_large", "this resource takes at most \(limit) bytes")
    problem.closesConnection = true
    return problem
  }

  /// The one place where a handler's problem becomes a response.
  func answer(
    _ context: RequestContext, _ handle: () throws(Problem) -> HTTPReply
  ) -> HTTPReply {
    do throws(Problem) {
      return try handle()
    } catch {
      return .now(error.response(requestID: context.requestID))
    }
  }

  /// - Source: RFC 9110 §7.4: a request for another authority is misdirected.
  private func checkHost(_ head: HTTPRequestHead) throws(Problem) {
    if case .unix = head.peer { return }
    guard let host = head.header("host") else { return }
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
    guard configuration.hosts.contains(name.lowercased()) else {
      throw Problem(421, "misdirected", "this broker does not answer for that host")
    }
  }
}

/// One number for `/metrics`.
public struct Statistic: Sendable {
  public enum Kind: String, Sendable { case counter, gauge }

  public let name: String
  public let help: String
  public let kind: Kind
  public let value: Double

  public init(name: String, help: String, kind: Kind, value: Double) {
    self.name = name
    self.help = help
    self.kind = kind
    self.value = value
  }
}

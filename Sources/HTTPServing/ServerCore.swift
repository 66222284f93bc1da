import CMicrohttpd
import Synchronization

/// What all connections of one server share.  The library holds one retain, from start to stop.
final class ServerCore: Sendable {
  let application: any HTTPApplication
  let limits: HTTPLimits
  let requestGuard: RequestGuard
  let isUnix: Bool
  /// What connections from now on show; `nil`: plain HTTP.
  let credentials: Mutex<TLSCredentials?>
  let table: ConnectionTable
  let log: LogGate
  let lingering = Lingering()
  let handshakes: HandshakeWatch
  let clock = CoarseClock()
  let counters = ServerCounters()
  /// Ends streams and keep-alive; requests that are under way are still answered.
  let isDraining = Atomic(false)
  /// Nothing may be parked any more: the library aborts if it is stopped with a parked connection.
  let isStopping = StopFlag()

  private let streams = Mutex<[ObjectIdentifier: StreamSession]>([:])
  private let pending = Mutex<[ObjectIdentifier: (reply: PendingReply, expiry: UInt64)]>([:])
  private let uploads = Mutex<[ObjectIdentifier: BodyResumer]>([:])

  /// - Throws: `unusableIdentity` or `missingLibrary`.
  init(configuration: HTTPServerConfiguration, application: any HTTPApplication) throws(HTTPServerError) {
    try ServingLibraries.require()
    credentials = Mutex(try configuration.tls.map { identity throws(HTTPServerError) in try TLSCredentials(identity) })
    self.application = application
    limits = configuration.limits
    requestGuard = RequestGuard(
      limits: limits, checksLayout: Self.knowsLayout, permitsBody: { application.permitsBody($0) })
    if case .unixSocket = configuration.listener { isUnix = true } else { isUnix = false }
    table = ConnectionTable()
    handshakes = HandshakeWatch(isStopping: isStopping)
    log = LogGate(sink: configuration.log)
  }

  /// 0.9.75 is the version whose parser leaves the head in place, and the one that needs the check: 1.0
  /// refuses such heads itself.
  static let knowsLayout = unsafe String(cString: mhd_get_version()) == "0.9.75"

  // MARK: What is parked

  func opened(_ stream: StreamSession) { streams.withLock { $0[ObjectIdentifier(stream)] = stream } }
  func closed(_ stream: StreamSession) {
    _ = streams.withLock { $0.removeValue(forKey: ObjectIdentifier(stream)) }
  }

  func parked(_ reply: PendingReply) {
    let seconds = min(reply.seconds, limits.parkDeadline)
    let expiry = clock.milliseconds + UInt64(max(0, seconds) * 1000)
    pending.withLock { $0[ObjectIdentifier(reply)] = (reply, expiry) }
  }
  func unparked(_ reply: PendingReply) {
    _ = pending.withLock { $0.removeValue(forKey: ObjectIdentifier(reply)) }
  }

  func opened(_ upload: BodyResumer) { uploads.withLock { $0[ObjectIdentifier(upload)] = upload } }
  func closed(_ upload: BodyResumer) {
    _ = uploads.withLock { $0.removeValue(forKey: ObjectIdentifier(upload)) }
  }

  var streamCount: Int { streams.withLock { $0.count } }

  /// Wakes every stream, so that it sees what has changed.
  func wakeStreams() {
    for stream in streams.withLock({ Array($0.values) }) { stream.suspension.signal() }
  }

  /// Completes the replies whose time is up.
  func expireReplies(at now: UInt64) {
    let expired = pending.withLock { pending in pending.values.filter { $0.expiry <= now }.map(\.reply) }
    for reply in expired { reply.expire() }
  }

  /// Resumes everything that is parked, for the last time: `isStopping` is set.
  func releaseAll() {
    for reply in pending.withLock({ $0.values.map(\.reply) }) { reply.expire() }
    table.signalHandshakes()
    for upload in uploads.withLock({ Array($0.values) }) { upload.suspension.signal() }
    wakeStreams()
  }
}

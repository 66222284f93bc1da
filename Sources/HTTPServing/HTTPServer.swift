import CMicrohttpd
import Glibc
import Synchronization

/// A running HTTP/1.1 server over libmicrohttpd: the guard, deadlines and limits around it are ours.
///
/// Stops when it is released, if not before.
@safe public final class HTTPServer: Sendable {
  private enum State {
    case running(RunningDaemon)
    case stopped
  }

  /// TLS 1.2 and 1.3 with AEAD ciphers and ephemeral keys only; AES-128-GCM first, since nearly every
  /// machine does it in hardware; X25519 first, since clients send that key unasked, and another costs a round trip.
  private static let priorities =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    + "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-X448:+GROUP-SECP384R1:+GROUP-SECP521R1:"
    + "-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE"

  /// Seconds that answers still have to leave once everything that was parked has been released.
  private static let flushSeconds = 1.0

  private let core: ServerCore
  private let reaper: Reaper
  /// Held while the server stops, so that a second caller returns when it has stopped.
  private let state: Mutex<State>
  /// The port that the system picked; 0 for a Unix socket.
  public let boundPort: UInt16

  /// - Throws: `HTTPServerError` if the address is taken or invalid, or the identity cannot be read.
  public init(
    configuration: HTTPServerConfiguration, application: any HTTPApplication
  ) throws(HTTPServerError) {
    core = try ServerCore(configuration: configuration, application: application)
    let socket = try ListenSocket(configuration.listener)
    guard let daemon = RunningDaemon(core: core, socket: socket, configuration, priorities: Self.priorities)
    else {
      socket.shut()
      throw .refusedByLibrary
    }
    boundPort = socket.port
    state = Mutex(.running(daemon))
    reaper = Reaper(core: core)
    reaper.start()
  }

  deinit { stop() }

  public var statistics: HTTPServerStatistics {
    let counters = core.counters
    return HTTPServerStatistics(
      openConnections: core.table.count, openStreams: core.streamCount,
      activeRequests: counters.activeRequests.load(ordering: .relaxed),
      requests: counters.requests.load(ordering: .relaxed),
      refusedRequests: counters.refusedRequests.load(ordering: .relaxed),
      refusedConnections: counters.refusedConnections.load(ordering: .relaxed),
      expiredConnections: counters.expiredConnections.load(ordering: .relaxed))
  }

  /// Shows another certificate to the connections that are accepted from now on; those that are open stay.
  ///
  /// - Precondition: the server was made with one.
  /// - Throws: `unusableIdentity`; the old one stays in use.
  public func replaceIdentity(_ identity: TLSIdentity) throws(HTTPServerError) {
    let new = try TLSCredentials(identity)
    core.credentials.withLock { current in
      precondition(current != nil, "a server of plain HTTP has no certificate to replace")
      current = new
    }
  }

  /// Stops accepting, ends streams, lets requests and parked replies finish for that long, then stops.
  ///
  /// Must not be called from a callback of the application: it waits for the HTTP threads.
  public func drain(within seconds: Double) {
    state.withLock { state in
      guard case .running(let daemon) = state else { return }
      core.isDraining.store(true, ordering: .sequentiallyConsistent)
      daemon.quiesce()
      waitForRequests(seconds: seconds) {
        core.wakeStreams()
        core.table.shutIdle()
      }
      core.isStopping.set()
      waitForRequests(seconds: Self.flushSeconds) { core.releaseAll() }
      core.releaseAll()
      core.table.shutAll()
      daemon.stop()
      reaper.stop()
      core.lingering.closeAll()
      state = .stopped
    }
  }

  /// Stops at once: parked replies are answered with their timeout's response, streams end.
  public func stop() { drain(within: 0) }

  private func waitForRequests(seconds: Double, _ prepare: () -> Void) {
    let end = core.clock.refresh() + UInt64(max(0, seconds) * 1000)
    prepare()
    while core.counters.activeRequests.load(ordering: .sequentiallyConsistent) > 0, core.clock.refresh() < end {
      // Long enough to leave the HTTP threads alone, short enough not to be felt.
      usleep(2000)
      prepare()
    }
  }
}

import BrokerCore
import HTTPServing
import Hosting
import Logging
import Synchronization
import Vocabulary

/// What of the settings changes while the broker runs: taken over at each SIGHUP.
final class LiveSettings: Sendable {
  private struct State {
    var settings: BrokerSettings
    var identity: BrokerIdentity
    var health: HealthWatch?
  }

  private let broker: Broker
  private let server: HTTPServer
  private let log: LogSink
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameters:
  ///   - settings: in effect already, but for the health program, which is asked from now on.
  ///   - server: the one that shows `identity`.
  ///   - log: where `logger` writes.
  init(
    _ settings: BrokerSettings, _ broker: Broker, server: HTTPServer, showing identity: BrokerIdentity, log: LogSink,
    _ logger: Logger
  ) {
    self.broker = broker
    self.server = server
    self.log = log
    self.logger = logger
    state = Mutex(
      State(
        settings: settings, identity: identity, health: settings.health.map { HealthWatch($0, broker, logger) }))
    warnOfExpiry(identity)
  }

  /// Which ended jobs stay.
  var retention: Purger.Limits { state.withLock { $0.settings.retention } }

  /// Takes over what can be changed, opens the log's file anew and reads the certificate again.
  func take(_ new: BrokerSettings) throws {
    try log.change(file: new.logFile, level: new.logLevel)
    broker.post(.definePrograms(new.programs))
    let old = state.withLock { state in
      defer { state.settings.takeLiveParts(of: new) }
      return state.settings
    }
    if old.health != new.health { watch(new.health) }
    showCertificate()
    let waiting = old.differencesThatNeedARestart(from: new)
    let rest = waiting.isEmpty ? "" : "; for \(waiting.joined(separator: ", ")) start it again, jobs go on"
    logger.notice("read the settings again\(rest)")
  }

  func stop() { state.withLock { $0.health.take() }?.stop() }

  private func watch(_ check: BrokerSettings.HealthCheck?) {
    stop()
    let new = check.map { HealthWatch($0, broker, logger) }
    state.withLock { $0.health = new }
  }

  /// Shows the pair as it is now to whoever connects from now on. One that is of no use changes nothing.
  private func showCertificate() {
    do {
      let new = try BrokerIdentity.open(state.withLock { $0.settings })
      guard new.tls != state.withLock({ $0.identity.tls }) else { return }
      try server.replaceIdentity(new.tls)
      state.withLock { $0.identity = new }
      logger.notice("the certificate is another one, valid until \(new.expiry.rfc3339)")
      warnOfExpiry(new)
    } catch {
      logger.error("the certificate stays as it was: \(error)")
    }
  }

  private func warnOfExpiry(_ identity: BrokerIdentity) {
    guard identity.expiry <= WallClock.now() else { return }
    logger.warning("the certificate was valid until \(identity.expiry.rfc3339): clients will not accept it")
  }
}

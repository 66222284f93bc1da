import BrokerCore
import Cryptography
import Dispatch
import Execution
import Glibc
import HTTPServing
import Hosting
import Journal
import Logging
import RESTAPI
import Vocabulary

/// All rooms of a broker, wired: opens the state, starts what has to run, and takes it down again in order.
final class RunningBroker: Sendable {
  /// How long requests under way may take when the broker stops.
  private static let drainSeconds = 10.0

  private let settings: BrokerSettings
  private let logger: Logger
  private let journal: Journal
  private let broker: Broker
  private let api: API
  private let mock: MockExecution
  private let shepherd: ShepherdClient
  private let snapshots: SnapshotWriter
  private let servers: [HTTPServer]
  private let ticker: Ticker
  private let sweep: BlobSweep
  private let live: LiveSettings

  init(_ settings: BrokerSettings) throws {
    self.settings = settings
    Signals.prepare()
    let log = try LogSink(file: settings.logFile, level: settings.logLevel)
    let logger = Logger(label: "sluice", factory: { _ in LogLines(sink: log) })
    self.logger = logger
    // Before anything runs that would have to be ended again.
    let inventory = try Inventory.command(settings)
    let opened = try Journal.open(settings.stateDirectory)
    journal = opened.journal
    for warning in opened.report.warnings { logger.warning("\(warning)") }
    let identity = try BrokerIdentity.open(settings)
    let snapshots = SnapshotWriter(journal: opened.journal, logger: logger)
    self.snapshots = snapshots
    broker = Broker(
      state: opened.state,
      ports: Broker.Ports(
        journal: opened.journal, archive: opened.journal, encode: { EventRendering.events(of: $0, epoch: $1) },
        digest: { SHA256.digest(of: $0) }, now: WallClock.now, onFatal: { Self.end($0) },
        onCommit: { _, _ in snapshots.lookAtNeed() }),
      logger: logger)
    let broker = broker
    snapshots.begin { broker.snapshot }
    let credential = JobCredential(key: try JobTokenKey.keep(in: settings.stateDirectory))
    mock = MockExecution(joins: false) { broker.report($0) }
    shepherd = ShepherdClient(
      ShepherdClientConfiguration(
        socketPath: "\(settings.stateDirectory)/shepherd.sock", stateDirectory: settings.stateDirectory,
        executable: ThisProgram.path, brokerURI: "unix:\(settings.stateDirectory)/sluice.sock",
        jobToken: { credential.text(for: $0) })
    ) { broker.report($0) }
    let blobs = try BlobStore(stateDirectory: settings.stateDirectory)
    let outputs = StoredOutputs(store: OutputStore(stateDirectory: settings.stateDirectory))
    let purger = Purger(broker) { outputs.remove($0) }
    let statistics = ServerStatistics()
    api = API(
      broker: broker,
      configuration: API.Configuration(
        hosts: HostNames.all(settings), ownerUserID: geteuid(), version: VersionCommand.number,
        sealer: Sealer(key: SecureRandom.bytes(32)),
        outputs: outputs, inputs: shepherd, blobs: StoredBlobs(store: blobs), jobCredential: credential,
        purger: purger, httpLimits: HTTPLimits(),
        statistics: { statistics.current }))
    broker.start(
      incarnation: opened.journal.incarnation, version: VersionCommand.number,
      execution: ExecutionRouter(mock: mock, shepherd: shepherd))
    broker.post(inventory)
    // Before a job can start without them.
    broker.post(.definePrograms(settings.programs))
    try OwnerToken.keep(in: settings.stateDirectory, broker)
    mock.start()
    shepherd.start()
    servers = try Self.serve(settings, showing: identity, api, logger)
    statistics.observe(servers)
    let live = LiveSettings(settings, broker, server: servers[0], showing: identity, log: log, logger)
    self.live = live
    ticker = Ticker(broker) { purger.purge(live.retention, by: .broker) }
    sweep = BlobSweep(blobs, broker, logger)
    try announce()
  }

  private static func serve(
    _ settings: BrokerSettings, showing identity: BrokerIdentity, _ api: API, _ logger: Logger
  ) throws -> [HTTPServer] {
    let log: @Sendable (String) -> Void = { logger.debug("\($0)") }
    let https = try HTTPServer(
      configuration: HTTPServerConfiguration(
        listener: .tcp(address: settings.address, port: settings.port),
        tls: identity.tls, threads: settings.threads, log: log), application: api)
    let local = try HTTPServer(
      configuration: HTTPServerConfiguration(
        listener: .unixSocket(path: "\(settings.stateDirectory)/sluice.sock", mode: 0o600), threads: 1, log: log),
      application: api)
    return [https, local]
  }

  /// Tells clients on this machine, and whoever reads the terminal, where the broker is.
  private func announce() throws {
    let shown = settings.address == "0.0.0.0" || settings.address == "::" ? "localhost" : settings.address
    let host = shown.contains(":") ? "[\(shown)]" : shown
    let uri = "https://\(host):\(servers[0].boundPort)"
    var writer = JSONWriter()
    writer.object { writer in
      writer.field("uri", uri)
      writer.field("pid", Int(getpid()))
      writer.field("version", VersionCommand.number)
    }
    try SecretFile.write(writer.take(), to: "\(settings.stateDirectory)/broker.json")
    Console.line("sluice \(VersionCommand.number) is ready at \(uri), state in \(settings.stateDirectory)")
  }

  /// Returns when SIGTERM or SIGINT came and everything is down.
  /// - Parameter reread: the settings as they are now, asked for at each SIGHUP.
  func runUntilStopped(_ reread: () throws -> BrokerSettings) {
    var signal = Signals.wait()
    while signal == SIGHUP {
      reload(reread)
      signal = Signals.wait()
    }
    logger.info("stopping on \(signal == SIGINT ? "SIGINT" : "SIGTERM"); jobs go on")
    unsafe unlink("\(settings.stateDirectory)/broker.json")
    for server in servers { server.drain(within: Self.drainSeconds) }
    ticker.stop()
    live.stop()
    sweep.stop()
    broker.stop()
    shepherd.stop()
    mock.stop()
    api.stop()
    snapshots.finish()
    do {
      try journal.writeSnapshot(of: broker.snapshot)
      try journal.close()
    } catch {
      logger.error("the last snapshot was not written: \(error)")
    }
  }

  private func reload(_ reread: () throws -> BrokerSettings) {
    do {
      try live.take(try reread())
    } catch {
      logger.error("the settings stay as they were: \(error)")
    }
  }

  /// The process can promise nothing any more: it ends without answering, and recovers from the log.
  private static func end(_ reason: String) -> Never {
    let text = "sluice: \(reason); ending to recover from the log\n"
    _ = unsafe Array(text.utf8).withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    _exit(74)
  }
}

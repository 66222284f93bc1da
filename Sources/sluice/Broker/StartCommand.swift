import APIClient
import ArgumentParser
import Glibc

/// Runs a broker until it is told to stop.
struct StartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Run a broker on this machine.",
    discussion: """
      Serves the API over HTTPS and, for this machine's users, over a Unix socket in the state directory. The \
      first start mints an authority, a certificate and the owner's token there, all readable by you alone. \
      Jobs and their processes outlive the broker: start it again and it finds them.

      Without --nodes or --resources the broker gives out this machine's own cores and GPUs. With them it gives out \
      what you say and runs everything here: for trying things at a scale that you do not have.

      SIGTERM or Ctrl-C stops it: requests under way are answered, jobs go on. SIGHUP reads the settings again, as \
      far as they can change while it runs, and the certificate, and opens the log's file anew.
      """)

  @Option(name: .long, help: ArgumentHelp("Read settings from this TOML file.", valueName: "FILE"))
  var config: String?

  @Option(name: .long, help: ArgumentHelp("Keep everything in this directory.", valueName: "DIR"))
  var state: String?

  @Option(name: .long, help: ArgumentHelp("Listen here; port 0 picks a free one.", valueName: "ADDRESS:PORT"))
  var listen: String?

  @Option(name: .long, help: ArgumentHelp("Also answer under this name; may be repeated.", valueName: "NAME"))
  var host: [String] = []

  @Option(name: .long, help: "Threads that serve HTTPS.")
  var threads: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Give out what this file describes: JGF, R, or a recipe, as resource-query reads them.", valueName: "FILE"))
  var resources: String?

  @Option(name: .customLong("nodes"), help: "Give out so many made-up nodes.")
  var nodeCount: Int?

  @Option(name: .customLong("cores-per-node"), help: "Of each made-up node.")
  var coresPerNode: Int?

  @Option(name: .customLong("gpus-per-node"), help: "Of each made-up node.")
  var gpusPerNode: Int?

  @Option(name: .customLong("memory-per-node"), help: "Of each made-up node, such as 64G.")
  var memoryPerNode: String?

  func run() throws {
    let broker = try RunningBroker(try settings())
    broker.runUntilStopped(settings)
  }

  /// The defaults, what the file says, what the command line says.
  private func settings() throws -> BrokerSettings {
    var settings = BrokerSettings()
    if let config { try settings.read(config) }
    settings.stateDirectory = state ?? settings.stateDirectory
    if let listen { try settings.listen(on: listen) }
    settings.hosts += host
    settings.threads = threads ?? settings.threads
    settings.resources = resources ?? settings.resources
    if nodeCount != nil || coresPerNode != nil || gpusPerNode != nil || memoryPerNode != nil {
      var made = settings.madeUpNodes ?? BrokerSettings.MadeUpNodes()
      made.count = nodeCount ?? made.count
      made.cores = coresPerNode ?? made.cores
      made.gpus = gpusPerNode ?? made.gpus
      if let memoryPerNode { made.memoryBytes = try BrokerSettings.bytes(memoryPerNode, "--memory-per-node") }
      settings.madeUpNodes = made
    }
    try settings.check()
    return settings
  }
}

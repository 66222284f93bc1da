import Hosting
import Logging
import Vocabulary

extension BrokerSettings {
  /// The settings as a file would give them, every key written out.
  var toml: String {
    var lines = [
      "state = \(Self.quoted(stateDirectory))", "listen = \(Self.quoted(listener))",
      "hosts = [\(hosts.map(Self.quoted).joined(separator: ", "))]", "threads = \(threads)",
      "log-level = \(Self.quoted(logLevel.rawValue))",
      logFile.map { "log-file = \(Self.quoted($0))" } ?? "# log-file: none, standard error",
    ]
    lines.append(retention.age.map { "inactive-age-limit = \"\($0.fsd)\"" } ?? "# inactive-age-limit: none, all stay")
    lines.append(retention.count.map { "inactive-num-limit = \($0)" } ?? "# inactive-num-limit: none, all stay")
    lines.append(resources.map { "resources = \(Self.quoted($0))" } ?? "# resources: none, see below")
    if let madeUpNodes {
      lines += [
        "", "[fake-resources]", "nnodes = \(madeUpNodes.count)", "cores-per-node = \(madeUpNodes.cores)",
        "gpus-per-node = \(madeUpNodes.gpus)", "memory-per-node = \"\(madeUpNodes.memoryBytes)\"",
      ]
    } else {
      lines += ["", "# [fake-resources]: none, this machine's own cores and GPUs"]
    }
    return (lines + programLines + certificateLines).joined(separator: "\n")
  }

  private var listener: String { "\(address.contains(":") ? "[\(address)]" : address):\(port)" }

  /// A basic string of TOML, whose escapes JSON's are.
  static func quoted(_ text: String) -> String { JSONValue.string(text).jsonText }

  /// Takes from a newer file what a running broker can.
  mutating func takeLiveParts(of new: Self) {
    logLevel = new.logLevel
    logFile = new.logFile
    retention = new.retention
    programs = new.programs
    health = new.health
    certificate = new.certificate
  }

  /// The keys whose new values a running broker does not take.
  func differencesThatNeedARestart(from new: Self) -> [String] {
    var keys: [String] = []
    if stateDirectory != new.stateDirectory { keys.append("state") }
    if address != new.address || port != new.port { keys.append("listen") }
    if hosts != new.hosts { keys.append("hosts") }
    if threads != new.threads { keys.append("threads") }
    if resources != new.resources { keys.append("resources") }
    if madeUpNodes != new.madeUpNodes { keys.append("fake-resources") }
    return keys
  }
}

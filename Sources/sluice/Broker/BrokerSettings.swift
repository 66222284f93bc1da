import APIClient
import ArgumentParser
import BrokerCore
import Glibc
import Hosting
import Jobspec
import Logging
import TOMLKit
import Vocabulary

/// How a broker is to run: the defaults, what the file says, what the command line says.
struct BrokerSettings {
  /// Flux's `fake-resources`.
  /// - Source: flux-config-fake-resources(5).
  struct MadeUpNodes: Equatable {
    var count = 1
    var cores = 4
    var gpus = 0
    var memoryBytes: Int64 = 64 << 30
  }

  var stateDirectory = EndpointSettings(environment: ProcessEnvironment.current).stateFolder
  var address = "127.0.0.1"
  var port: UInt16 = 8_443
  var hosts: [String] = []
  var threads = 2
  var madeUpNodes: MadeUpNodes?
  /// A file that describes what there is, instead of this host as hwloc sees it.
  var resources: String?
  var logLevel = Logger.Level.info
  /// `nil`: standard error.
  var logFile: String?

  /// Ended jobs that stay.
  var retention = Purger.Limits()
  /// What runs around jobs.
  var programs = SitePrograms()
  /// What says whether this machine is fit to run them.
  var health: HealthCheck?
  /// `nil`: the broker mints one for itself.
  var certificate: GivenCertificate?

  static let keys = [
    "state", "listen", "hosts", "threads", "log-level", "log-file", "inactive-age-limit", "inactive-num-limit",
    "resources", "fake-resources", "prolog", "epilog", "housekeeping", "health", "tls",
  ]
  static let nodeKeys = ["nnodes", "cores-per-node", "gpus-per-node", "memory-per-node"]

  /// - Throws: a sentence that names the key, for anything unknown or unfit.
  mutating func read(_ path: String) throws {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: try Self.text(path))
    } catch let error as TOMLParseError {
      throw ValidationError("\(path), line \(error.source.begin.line): \(error.description)")
    }
    try Self.refuseUnknown(table, Self.keys, path)
    stateDirectory = try Self.string(table, "state", path) ?? stateDirectory
    if let listen = try Self.string(table, "listen", path) { try self.listen(on: listen) }
    if let names = table["hosts"] {
      guard let array = names.array else { throw ValidationError("\(path): hosts is a list of names") }
      hosts += try array.map { name in
        guard let text = name.string else { throw ValidationError("\(path): hosts is a list of names") }
        return text
      }
    }
    threads = try Self.integer(table, "threads", path) ?? threads
    try readLog(table, path)
    try readRetention(table, path)
    try readPrograms(table, path)
    try readCertificate(table, path)
    if let file = try Self.string(table, "resources", path) {
      guard file.hasPrefix("/") else { throw ValidationError("\(path): resources is an absolute path") }
      resources = file
    }
    guard let section = table["fake-resources"] else { return }
    guard let nodes = section.table else { throw ValidationError("\(path): fake-resources is a table") }
    try Self.refuseUnknown(nodes, Self.nodeKeys, "\(path), [fake-resources]")
    var made = MadeUpNodes()
    made.count = try Self.integer(nodes, "nnodes", path) ?? made.count
    made.cores = try Self.integer(nodes, "cores-per-node", path) ?? made.cores
    made.gpus = try Self.integer(nodes, "gpus-per-node", path) ?? made.gpus
    if let memory = try Self.string(nodes, "memory-per-node", path) {
      made.memoryBytes = try Self.bytes(memory, "memory-per-node")
    }
    madeUpNodes = made
  }

  private mutating func readLog(_ table: TOMLTable, _ path: String) throws {
    if let name = try Self.string(table, "log-level", path) {
      guard let level = Logger.Level(rawValue: name) else {
        let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(path): log-level is one of \(known)")
      }
      logLevel = level
    }
    guard let file = try Self.string(table, "log-file", path) else { return }
    guard file.hasPrefix("/") else { throw ValidationError("\(path): log-file is an absolute path") }
    logFile = file
  }

  /// - Source: flux-config-job-manager(5), under the same names.
  private mutating func readRetention(_ table: TOMLTable, _ path: String) throws {
    if let text = try Self.string(table, "inactive-age-limit", path) {
      guard let age = try? TimeSpan(fsd: text) else {
        throw ValidationError("\(path): inactive-age-limit is a time such as 30d")
      }
      retention.age = age
    }
    guard let count = try Self.integer(table, "inactive-num-limit", path) else { return }
    guard count >= 0 else { throw ValidationError("\(path): inactive-num-limit is a number of jobs") }
    retention.count = UInt64(count)
  }

  mutating func listen(on text: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw ValidationError("\"\(text)\" is not an address and a port, such as 127.0.0.1:8443 or [::]:8443")
    }
    var address = text[..<colon]
    if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
    self.address = address.isEmpty ? "0.0.0.0" : String(address)
    self.port = port
  }

  func check() throws {
    guard madeUpNodes == nil || resources == nil else {
      throw ValidationError("made-up nodes and a file of resources exclude each other")
    }
    guard (1...64).contains(threads) else { throw ValidationError("threads is from 1 to 64") }
    if let madeUpNodes {
      guard (1...100_000).contains(madeUpNodes.count), (1...4_096).contains(madeUpNodes.cores),
        (0...1_024).contains(madeUpNodes.gpus),
        madeUpNodes.count * (2 + madeUpNodes.cores + madeUpNodes.gpus) <= 10_000_000
      else {
        throw ValidationError("1 to 100,000 nodes of 1 to 4,096 cores and 0 to 1,024 gpus, at most 10,000,000 vertices")
      }
    }
  }

  static func bytes(_ text: String, _ name: String) throws -> Int64 {
    guard let amount = Amount(parsing: text), amount >= .zero else {
      throw ValidationError("\(name): \"\(text)\" is not an amount of memory such as 64G or 512Mi")
    }
    return amount.wholeUnits
  }

  static func refuseUnknown(_ table: TOMLTable, _ known: [String], _ place: String) throws {
    // In the file's order there would be no first one: a table of TOML has none.
    for key in table.keys.sorted() where !known.contains(key) {
      let near = NearestName.find(key, in: known).map { "did you mean \"\($0)\"?" }
      let advice = near ?? "known are \(known.joined(separator: ", "))"
      throw ValidationError("\(place): unknown key \"\(key)\"; \(advice)")
    }
  }

  static func string(_ table: TOMLTable, _ key: String, _ path: String) throws -> String? {
    guard let value = table[key] else { return nil }
    guard let text = value.string else { throw ValidationError("\(path): \(key) is a text") }
    return text
  }

  private static func integer(_ table: TOMLTable, _ key: String, _ path: String) throws -> Int? {
    guard let value = table[key] else { return nil }
    guard let number = value.int else { throw ValidationError("\(path): \(key) is an integer") }
    return number
  }

  static func text(_ path: String) throws -> String {
    guard let file = unsafe fopen(path, "re") else {
      throw ValidationError("\(path) cannot be read: \(unsafe String(cString: strerror(errno)))")
    }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw ValidationError("\(path) is not UTF-8 text")
    }
    return text
  }
}

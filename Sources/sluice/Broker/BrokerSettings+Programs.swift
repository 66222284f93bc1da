import ArgumentParser
import BrokerCore
import Jobs
import TOMLKit
import Vocabulary

/// The sections of programs that run around jobs, and of the one that looks at this machine.
extension BrokerSettings {
  /// - Source: flux-config-job-manager(5): prologs have half an hour unless told otherwise.
  private static let standardTimeout = TimeSpan.seconds(30 * 60)
  private static let longestTime = TimeSpan.seconds(7 * 86_400)

  /// A program that is asked now and then whether this machine is fit to run jobs.
  struct HealthCheck: Equatable {
    let command: [String]
    var interval = TimeSpan.seconds(60)
    var timeout = TimeSpan.seconds(10)
  }

  mutating func readPrograms(_ table: TOMLTable, _ path: String) throws {
    programs.prolog = try Self.program(table, .prolog, path)
    programs.epilog = try Self.program(table, .epilog, path)
    programs.housekeeping = try Self.program(table, .housekeeping, path)
    guard let (section, place) = try Self.section(table, "health", path, ["command", "interval", "timeout"]) else {
      return
    }
    var check = HealthCheck(command: try Self.command(section, place))
    check.interval = try Self.span(section, "interval", place) ?? check.interval
    check.timeout = try Self.span(section, "timeout", place) ?? check.timeout
    health = check
  }

  private static func program(_ table: TOMLTable, _ stage: AttemptStage, _ path: String) throws -> SiteProgram? {
    guard let (section, place) = try section(table, stage.name, path, ["command", "timeout"]) else { return nil }
    return SiteProgram(
      command: try command(section, place), timeout: try span(section, "timeout", place) ?? standardTimeout)
  }

  static func section(
    _ table: TOMLTable, _ name: String, _ path: String, _ keys: [String]
  ) throws -> (TOMLTable, String)? {
    guard let value = table[name] else { return nil }
    guard let section = value.table else { throw ValidationError("\(path): \(name) is a table") }
    let place = "\(path), [\(name)]"
    try refuseUnknown(section, keys, place)
    return (section, place)
  }

  private static func command(_ section: TOMLTable, _ place: String) throws -> [String] {
    let words = section["command"]?.array.map { array in array.compactMap(\.string) } ?? []
    guard let program = words.first, words.count == section["command"]?.array?.count else {
      throw ValidationError("\(place): command is a list of texts, the program and its arguments")
    }
    guard program.hasPrefix("/"), !words.contains(where: { $0.utf8.contains(0) }) else {
      throw ValidationError("\(place): command begins with the absolute path of a program")
    }
    return words
  }

  private static func span(_ section: TOMLTable, _ key: String, _ place: String) throws -> TimeSpan? {
    guard let text = try string(section, key, place) else { return nil }
    guard let span = try? TimeSpan(fsd: text), span > .zero, span <= longestTime else {
      throw ValidationError("\(place): \(key) is a time such as 30m, up to 7d")
    }
    return span
  }

  var programLines: [String] {
    let stages: [(AttemptStage, SiteProgram?)] = [
      (.prolog, programs.prolog), (.epilog, programs.epilog), (.housekeeping, programs.housekeeping),
    ]
    var lines = stages.flatMap { stage, program in
      Self.lines(stage.name, program?.command, [("timeout", program?.timeout)])
    }
    lines += Self.lines("health", health?.command, [("interval", health?.interval), ("timeout", health?.timeout)])
    return lines
  }

  private static func lines(_ name: String, _ command: [String]?, _ spans: [(String, TimeSpan?)]) -> [String] {
    guard let command else { return ["", "# [\(name)]: none"] }
    let words = command.map { quoted($0) }.joined(separator: ", ")
    return ["", "[\(name)]", "command = [\(words)]"]
      + spans.compactMap { key, span in span.map { "\(key) = \"\($0.fsd)\"" } }
  }
}

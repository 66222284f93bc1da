import ArgumentParser

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version of this program.")

  /// Follows semantic versioning; the API's names are stable inside `/v1`.
  static let number = "0.1.0"

  func run() { Console.line("sluice \(Self.number)") }
}

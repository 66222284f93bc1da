import ArgumentParser

/// Looks at settings without starting anything.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check a file of settings, or show what a broker would use.",
    subcommands: [Check.self, Show.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Say whether a broker would start with this file; exit with 64 if not.",
      discussion: "Files of resources and certificates are read too. State, address and log are not tried.")

    @Argument(help: ArgumentHelp("A TOML file.", valueName: "file"))
    var file: String

    func run() throws {
      var settings = BrokerSettings()
      try settings.read(file)
      try settings.check()
      if let resources = settings.resources { _ = try Inventory.described(by: resources) }
      if let certificate = settings.certificate { _ = try BrokerIdentity.read(certificate) }
      Console.line("\(file): sound")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print every setting, as the defaults and a file make it.")

    @Argument(help: ArgumentHelp("A TOML file; without it, the defaults.", valueName: "file"))
    var file: String?

    func run() throws {
      var settings = BrokerSettings()
      if let file { try settings.read(file) }
      try settings.check()
      Console.line(settings.toml)
    }
  }
}

import APIClient
import ArgumentParser
import Cryptography
import Vocabulary

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Make, list and revoke the tokens that let callers in.",
    subcommands: [Issue.self, List.self, Revoke.self])

  struct Issue: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "issue", abstract: "Make a token; it is shown this once.",
      discussion: """
        EXAMPLE
          sluice token issue --user=ada --expires-in=30d --save=ada.token
        """)

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(help: ArgumentHelp("Whom it stands for. Default: you.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("user, or owner (may do everything).", valueName: "role"))
    var role = "user"

    @Option(help: ArgumentHelp("How long it is good for, such as 12h or 30d.", valueName: "time"))
    var expiresIn: String?

    @Option(help: ArgumentHelp("What it is for; shown in the list.", valueName: "text"))
    var note: String?

    @Option(
      help: ArgumentHelp(
        "Write it to this file, readable by you only, instead of printing it.", valueName: "file"))
    var save: String?

    @Flag(help: "Print what the broker answered as JSON.")
    var json = false

    func validate() throws {
      guard ["user", "owner"].contains(role) else { throw ValidationError("--role is user or owner.") }
      _ = try lifetime()
    }

    /// In seconds.
    private func lifetime() throws -> Int? {
      guard let expiresIn else { return nil }
      guard let span = try? TimeSpan(fsd: expiresIn), span != .unlimited, span.microseconds >= 1_000_000
      else {
        throw ValidationError("'\(expiresIn)' is no time such as 12h or 30d.")
      }
      return Int(span.microseconds / 1_000_000)
    }

    func run() throws {
      let answer = try connection.client().issueToken(
        user: user ?? ProcessEnvironment.user, role: role, lifetime: try lifetime(), note: note)
      guard let token = answer["token"]?.string else {
        throw ClientError("The broker's answer holds no token")
      }
      if let save { try SecretFile.write(Array((token + "\n").utf8), to: save) }
      if json, save == nil { return Console.json(answer) }
      if save == nil { Console.line(token) }
      let expiry = answer["expires"]?.string.map { ", good until \($0)" } ?? ""
      Console.note("token \(answer["token_id"]?.string ?? "?")\(expiry)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List tokens, without their secrets.")

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Flag(help: "Print them as JSON.")
    var json = false

    func run() throws {
      let tokens = try connection.client().tokens()
      if json { return Console.json(.array(tokens)) }
      var table = Table([.init("TOKEN"), .init("USER"), .init("ROLE"), .init("EXPIRES"), .init("NOTE")])
      for token in tokens {
        table.append(["token_id", "user", "role", "expires", "note"].map { .init(JobTable.text(token[$0])) })
      }
      Console.lines(table.lines(for: .output))
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Make tokens useless, at once and for ever.")

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("The tokens' ids, as 'token list' prints them.", valueName: "token-id"))
    var ids: [String]

    func run() throws {
      let client = try connection.client()
      for id in ids { try client.revokeToken(id) }
    }
  }
}

import ArgumentParser
import Glibc

/// Commands that call a broker, run without the tree of all commands.
///
/// Scripts run such commands by the thousand, and the tree takes longer to build than most of them to run. Help,
/// mistakes and the broker itself are left to the whole tree.
enum DirectCommand {
  /// What a command's own usage begins with; where a command says so itself, its tree is not built to find out.
  static let program = "sluice"

  private static let known: [any ParsableCommand.Type] = [
    CommandCatalogue.jobs, CommandCatalogue.resources, CommandCatalogue.coordination, CommandCatalogue.broker,
  ].flatMap(\.subcommands)

  /// Does what the words say and ends the process; returns where there is more to be said about them.
  static func run(_ words: ArraySlice<String>) {
    guard let (command, arguments) = find(words), var parsed = try? command.parse(Array(arguments)) else { return }
    do {
      try parsed.run()
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch {
      Sluice.exit(withError: error)
    }
    leave(0)
  }

  /// The command that the words name, and the words after it; `nil` unless it is one without commands below it.
  static func find(_ words: ArraySlice<String>) -> (command: any ParsableCommand.Type, arguments: ArraySlice<String>)? {
    var known = known
    for index in words.indices {
      guard let command = known.first(where: { $0.configuration.commandName == words[index] }) else { return nil }
      known = command.configuration.subcommands
      if known.isEmpty { return (command, words[(index + 1)...]) }
    }
    return nil
  }

  /// Without the farewells of libraries: nothing is left to be written, and the kernel frees the rest at once.
  private static func leave(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }
}

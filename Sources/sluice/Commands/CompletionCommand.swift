import ArgumentParser

struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a script that completes command lines in your shell.",
    discussion: """
      EXAMPLES
        sluice completion bash > ~/.local/share/bash-completion/completions/sluice
        sluice completion zsh > "${fpath[1]}/_sluice"
        sluice completion fish > ~/.config/fish/completions/sluice.fish
      """)

  @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
  var shell: String

  func validate() throws {
    guard CompletionShell(rawValue: shell) != nil else { throw ValidationError("There is bash, zsh and fish.") }
  }

  func run() {
    guard let shell = CompletionShell(rawValue: shell) else { return }
    Console.line(Sluice.completionScript(for: shell))
  }
}

import ArgumentParser

/// The key-value store by hand; names and options are those of `flux kvs` where Flux has them.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvs",
    abstract: "Read, write and watch keys that co-scheduled work shares.",
    discussion: """
      Keys are segments joined by dots, such as run.7.energy, and live in a namespace. Inside a job that is the \
      job's own ($SLUICE_KVS_NAMESPACE), elsewhere 'primary'; -N names another. A write is on disk when the \
      command returns, and each commit has a revision, after which 'watch' can begin and as of which 'get \
      --at' reads.

      EXAMPLES
        sluice kvs put run.7.state=converged run.7.energy=-76.02
        sluice kvs get run.7.energy
        sluice kvs get --wait run.8.energy
        sluice kvs dir run.7
        sluice kvs watch --prefix run
      """,
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(
        name: "Keys",
        subcommands: [
          KeyGetCommand.self, KeyPutCommand.self, KeyAppendCommand.self, KeyListCommand.self,
          KeyDirectoryCommand.self, KeyRemoveCommand.self, KeyMakeDirectoryCommand.self, KeyLinkCommand.self,
          KeyReadLinkCommand.self,
        ]),
      CommandGroup(
        name: "Coordination",
        subcommands: [
          KeyTransactionCommand.self, KeyWatchCommand.self, KeyWaitCommand.self, KeyFenceCommand.self,
        ]),
      CommandGroup(name: "Namespaces", subcommands: [KeyNamespaceCommand.self, KeyRootCommand.self]),
    ])
}

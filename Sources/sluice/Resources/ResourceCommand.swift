import ArgumentParser

struct ResourceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resource",
    abstract: "Look at the resources, and change them while jobs run.",
    discussion: """
      Nodes are named as hosts (node[0-3]) or by ranks (0-3). Vertices of the graph are named by their path, such as \
      /cluster0/node3. Only the instance's owner may change anything.

      EXAMPLES
        sluice resource list
        sluice resource drain node[3-4] "fan is broken"
        sluice resource undrain 3
        sluice resource add /cluster0 'node=2/[core=8;memory{size:16384,unit:MiB}]'
        sluice resource remove --mode=drain /cluster0/node7
        sluice resource set /cluster0/node1 ssd rack=a3 --status=up
        sluice resource graph --format=tree
      """,
    subcommands: [
      ResourceListCommand.self, ResourceInfoCommand.self, ResourceStatusCommand.self, ResourceDrainCommand.self,
      ResourceUndrainCommand.self, ResourceGraphCommand.self, ResourceAddCommand.self, ResourceRemoveCommand.self,
      ResourceSetCommand.self,
    ])
}

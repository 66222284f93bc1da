import APIClient
import ArgumentParser

/// In which namespace, of which broker; the same for every command about keys.
struct KeySpaceOptions: ParsableArguments {
  @Option(
    name: [.customShort("N", allowingJoined: true), .long],
    help: ArgumentHelp("The namespace. Default: $SLUICE_KVS_NAMESPACE, then primary.", valueName: "name"))
  var namespace: String?

  @Option(help: ArgumentHelp("Whose namespace, for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  var space: KeySpace { KeySpace(name(in: ProcessEnvironment.current), user: user) }

  func name(in environment: [String: String]) -> String {
    let inherited = environment["SLUICE_KVS_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
    return namespace ?? inherited ?? "primary"
  }

  func client() throws(ClientError) -> BrokerClient { try connection.client() }
}

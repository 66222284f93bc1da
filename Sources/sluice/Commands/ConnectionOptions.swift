import APIClient
import ArgumentParser

/// How to find the broker; the same for every command.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The broker: https://host:port, or the path of its socket. Default: $SLUICE_URI, then your own broker.",
      valueName: "uri"))
  var uri: String?

  @Option(
    help: ArgumentHelp(
      "A file that holds your token. Default: $SLUICE_TOKEN, $SLUICE_TOKEN_FILE.", valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "The authority that signed the broker's certificate. Default: $SLUICE_CA_FILE.", valueName: "file"))
  var caFile: String?

  func endpoint() throws(ClientError) -> BrokerEndpoint {
    try EndpointSettings(
      uri: uri, tokenFile: tokenFile, authorityFile: caFile, environment: ProcessEnvironment.current
    ).endpoint()
  }

  func client() throws(ClientError) -> BrokerClient { BrokerClient(try endpoint()) }
}

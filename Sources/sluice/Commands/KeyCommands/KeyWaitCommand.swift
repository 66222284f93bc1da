import APIClient
import ArgumentParser
import Vocabulary

struct KeyWaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until a key exists, then print its value.",
    discussion: """
      The same as 'sluice kvs get --wait'. Outlasts a broker that restarts. Exits with 1 when the time is up.

      EXAMPLES
        sluice kvs wait input.ready > input.dat
        sluice kvs wait --timeout=5m -N "job-$ID" results.energy
      """)

  @OptionGroup var options: KeyGetOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The key.", valueName: "key"))
  var key: String

  func run() throws {
    try Self.wait(for: key, options, place.space, try place.client())
  }

  static func wait(
    for key: String, _ options: KeyGetOptions, _ space: KeySpace, _ client: BrokerClient
  ) throws {
    let limit = options.timeout?.seconds
    guard let object = try client.awaitKey(key, in: space, follows: options.follow, for: limit) else {
      throw ClientError("'\(key)' did not come into being in time")
    }
    try ValuePrinter(options: options, isOneOfSeveral: false).show(key, object: object, space, client)
  }
}

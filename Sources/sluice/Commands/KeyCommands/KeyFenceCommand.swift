import APIClient
import ArgumentParser
import Vocabulary

struct KeyFenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fence",
    abstract: "Wait for the others, and write together: one commit of all.",
    discussion: """
      When as many participants have come as --size says, what all of them want to write becomes one commit, and \
      all of them return: what one wrote, every other can read. Operations are KEY=VALUE, or a JSON array as \
      'txn' takes it, or - for such an array on the standard input.

      EXAMPLES
        sluice kvs fence --size="$FLUX_JOB_SIZE" addresses "address.$FLUX_TASK_RANK=$(hostname):$PORT"
        sluice kvs fence --size=2 swap '[{"op": "append", "key": "log", "value": "a\\n"}]'
      """)

  @OptionGroup var rendezvous: Rendezvous

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The fence: 1 to 64 of A-Z a-z 0-9 . _ -.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("What to write, if anything.", valueName: "operations"))
  var operations: [String] = []

  func validate() throws { _ = try Self.parsed(operations) { [] } }

  /// - Parameter standardInput: read for `-` only.
  static func parsed(
    _ texts: [String], standardInput: () throws(ClientError) -> [UInt8]
  ) throws -> [JSONValue] {
    var result: [JSONValue] = []
    for text in texts {
      if text == "-" {
        let bytes = try standardInput()
        if !bytes.isEmpty { result += try JSONInput.array(bytes, named: "The standard input") }
      } else if text.hasPrefix("[") {
        result += try JSONInput.array(Array(text.utf8), named: "The operations")
      } else {
        let (key, value) = try KeyWrite.assignment(text)
        result.append(.object(["op": .string("put"), "key": .string(key), "value": .string(value)]))
      }
    }
    return result
  }

  func run() throws {
    let client = try place.client()
    let operations = try Self.parsed(operations) { () throws(ClientError) in try JSONInput.bytes(from: "-") }
    try rendezvous.meet(name) { participant, seconds throws(ClientError) in
      try client.fence(
        name, in: place.space, size: rendezvous.size, participant: participant, operations: operations, for: seconds)
    }
  }
}

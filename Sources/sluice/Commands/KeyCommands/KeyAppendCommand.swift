import APIClient
import ArgumentParser
import Vocabulary

struct KeyAppendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append",
    abstract: "Add bytes behind those that a key holds.",
    discussion: """
      A key that is not there begins empty. Many may append at once; what each adds stays together. No line end \
      is added.

      EXAMPLES
        sluice kvs append run.7.log $'step 12: converged\\n'
        date | sluice kvs append run.7.log -
      """)

  @Option(help: ArgumentHelp("The media type of a key that begins here.", valueName: "type"))
  var type: String?

  @OptionGroup var told: KeyWriteOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The key.", valueName: "key"))
  var key: String

  @Argument(help: ArgumentHelp("What to add; - reads the standard input.", valueName: "value"))
  var value: String

  func run() throws {
    let client = try place.client()
    let isText = value != "-"
    let source = isText ? try ByteSource(Array(value.utf8)) : try ByteSource(path: "-")
    guard !source.isLarge else {
      throw ClientError("A value has at most \(BrokerClient.largestValue) bytes", advice: "'put' stores larger ones.")
    }
    let answer = try client.append(
      source.head, to: key, in: place.space, mediaType: type ?? (isText ? KeyWrite.text : KeyWrite.bytes))
    KeyWrite.showRevision(answer, if: told.sequence)
  }
}

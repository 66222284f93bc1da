import APIClient
import ArgumentParser
import JSONText
import Vocabulary

struct KeyTransactionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "txn",
    abstract: "Compare, then write: one atomic commit.",
    discussion: """
      Reads a transaction as JSON. When all comparisons hold, the operations of 'then' happen, else those of \
      'else': all of them, or none. Prints the answer, with a result for each operation. Exits with 0 when \
      'then' was carried out, with 1 when 'else' was.

      Comparisons: {"key", and one of "exists", "value", "base64", "revision", "revision_below", \
      "revision_above"}. Operations: {"op": "put", "key", "value" or "base64" or "json" or "blob", \
      "media_type"}, append, delete with "recursive", symlink with "target", mkdir, get, list.

      EXAMPLES
        echo '{"compare": [{"key": "lock", "exists": false}], "then": [{"op": "put", "key": "lock", "value": \
      "me"}]}' | sluice kvs txn
        sluice kvs txn move-results.json
      """)

  @Flag(name: [.short, .long], help: "Print nothing; the exit code says it.")
  var quiet = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The transaction; - is the standard input.", valueName: "file"))
  var file = "-"

  func run() throws {
    let body = try JSONInput.object(from: file)
    let answer = try place.client().transact(body, in: place.space)
    if !quiet { Console.json(answer) }
    if answer["succeeded"]?.bool != true { throw ExitCode.failure }
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct KeyPutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put",
    abstract: "Store values, all in one commit.",
    usage: """
      sluice kvs put [<options>] <key=value> ...
      sluice kvs put [<options>] <key> -
      sluice kvs put [<options>] --file <file> <key>
      """,
    discussion: """
      The key ends at the first '='. A key that is there is replaced, with everything below it. Values above \
      1 MiB are stored as blobs, without your doing. All keys are written, or none.

      EXAMPLES
        sluice kvs put run.7.state=converged run.7.energy=-76.02
        sluice kvs put --json 'run.7.shape=[128,128,64]'
        ./simulate | sluice kvs put run.7.output -
        sluice kvs put --file=checkpoint.h5 --type=application/x-hdf5 run.7.checkpoint
        sluice kvs put --no-clobber lock.owner="$SLUICE_JOB_ID" && echo mine
        sluice kvs put --if-revision=8123 counter=5
      """)

  @Flag(help: "The values are JSON; they are stored compact, as application/json.")
  var json = false

  @Flag(
    name: [.short, .long],
    help: "Store text as bytes of no particular type; KEY=- reads the standard input.")
  var raw = false

  @Option(help: ArgumentHelp("The media type that readers get.", valueName: "type"))
  var type: String?

  @Option(name: [.short, .long], help: ArgumentHelp("Store the contents of this file.", valueName: "file"))
  var file: String?

  @Flag(name: [.customShort("n"), .long], help: "Write only if none of the keys exists; else exit with 1.")
  var noClobber = false

  @Option(
    help: ArgumentHelp(
      "Write only if the key was last changed by this revision; else exit with 1.", valueName: "revision"))
  var ifRevision: Int64?

  @OptionGroup var told: KeyWriteOptions

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("What to store.", valueName: "key=value"))
  var arguments: [String]

  func validate() throws {
    if json, raw || type != nil { throw ValidationError("--json says the type; leave out --raw and --type.") }
    if noClobber, ifRevision != nil { throw ValidationError("--no-clobber and --if-revision exclude each other.") }
    if ifRevision != nil, try values().count > 1 { throw ValidationError("--if-revision goes with one key.") }
    if arguments.count > BrokerClient.largestTransaction {
      throw ValidationError("One commit writes at most \(BrokerClient.largestTransaction) keys.")
    }
    for (key, origin) in try values() {
      guard json, case .text(let text) = origin else { continue }
      do throws(ClientError) {
        _ = try KeyWrite.json(text, for: key)
      } catch {
        throw ValidationError(error.message)
      }
    }
  }

  /// Where a value comes from.
  enum Origin: Equatable {
    case text(String)
    /// `-` is the standard input.
    case file(String)
  }

  func values() throws(ValidationError) -> [(key: String, origin: Origin)] {
    if let file {
      guard arguments.count == 1 else { throw ValidationError("--file goes with one key.") }
      return [(arguments[0], .file(file))]
    }
    if arguments.count == 2, arguments[1] == "-" { return [(arguments[0], .file("-"))] }
    var values: [(key: String, origin: Origin)] = []
    for argument in arguments {
      let (key, value) = try KeyWrite.assignment(argument)
      values.append((key, raw && value == "-" ? .file("-") : .text(value)))
    }
    guard values.filter({ $0.origin == .file("-") }).count <= 1 else {
      throw ValidationError("The standard input is read once.")
    }
    return values
  }

  func run() throws {
    let client = try place.client()
    var operations: [JSONObject] = []
    var compares: [JSONObject] = []
    for (key, origin) in try values() {
      operations.append(try operation(key, origin, client))
      if noClobber { compares.append(["key": .string(key), "exists": .bool(false)]) }
      if let ifRevision { compares.append(["key": .string(key), "revision": .integer(ifRevision)]) }
    }
    let refusal =
      noClobber
      ? (compares.count == 1 ? "The key exists" : "One of the keys exists")
      : "The key was changed by another revision, or does not exist"
    let answer = try KeyWrite.commit(operations, if: compares, in: place.space, client, refusal: refusal)
    KeyWrite.showRevision(answer, if: told.sequence)
  }

  private func operation(_ key: String, _ origin: Origin, _ client: BrokerClient) throws -> JSONObject {
    let source: ByteSource
    switch origin {
    case .text(let text):
      if json { return ["op": .string("put"), "key": .string(key), "json": try KeyWrite.json(text, for: key)] }
      source = try ByteSource(Array(text.utf8))
    case .file(let path):
      source = try ByteSource(path: path)
      if json {
        let text = String(decoding: source.head, as: UTF8.self)
        return ["op": .string("put"), "key": .string(key), "json": try KeyWrite.json(text, for: key)]
      }
    }
    var isText = false
    if case .text = origin { isText = !raw }
    let standard = isText ? KeyWrite.text : KeyWrite.bytes
    return try KeyWrite.put(key, source, mediaType: type ?? standard, place.space, client)
  }
}

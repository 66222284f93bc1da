import APIClient
import ArgumentParser
import Vocabulary

struct KeyGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Print values, byte for byte.",
    discussion: """
      One key: its bytes as they are, also those of a blob. Several keys: all of one revision, each on a line \
      of its own. A key that is not there is an error, unless --wait waits for it.

      --proof asks for a proof and checks it here: that the value stands at the key under a root digest. Give \
      --root a digest that you trust, from an earlier 'sluice kvs getroot' for example, and not even the broker \
      can tell you anything else.

      EXAMPLES
        sluice kvs get run.7.energy
        sluice kvs get --label run.7.energy run.7.state
        sluice kvs get --wait --timeout=10m results.final > final.dat
        sluice kvs get --at=8123 model.weights > weights.before
        sluice kvs get --proof --root="$ROOT" run.7.energy
      """)

  @OptionGroup var options: KeyGetOptions

  @Flag(
    name: [.customShort("W"), .customLong("wait"), .customLong("waitcreate")],
    help: "Wait until the key exists; --timeout says how long at most.")
  var wait = false

  @Option(
    name: [.customShort("a", allowingJoined: true), .long],
    help: ArgumentHelp("As of this revision.", valueName: "revision"))
  var at: String?

  @Flag(help: "Verify that the value belongs to the namespace's root; exit with 1 if not.")
  var proof = false

  @Option(help: ArgumentHelp("With --proof: the root digest to believe, sha256-….", valueName: "digest"))
  var root: String?

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  @Argument(help: ArgumentHelp("The keys.", valueName: "key"))
  var keys: [String]

  func validate() throws {
    if wait, keys.count > 1 { throw ValidationError("--wait waits for one key.") }
    if wait, at != nil { throw ValidationError("--wait waits for what comes; --at reads what was.") }
    if proof, wait || keys.count > 1 { throw ValidationError("--proof proves one key that is there.") }
    if root != nil, !proof { throw ValidationError("--root goes with --proof.") }
    if options.timeout != nil, !wait { throw ValidationError("--timeout goes with --wait.") }
    if keys.count > 1 { _ = try revision() }
    if !options.follow, keys.count > 1 { throw ValidationError("--no-follow shows one key.") }
  }

  func run() throws {
    let client = try place.client()
    if wait { return try KeyWaitCommand.wait(for: keys[0], options, place.space, client) }
    if proof { return try proved(keys[0], client) }
    let printer = ValuePrinter(options: options, isOneOfSeveral: keys.count > 1)
    if keys.count > 1 { return try several(printer, client) }
    if options.json || !options.follow {
      let object = try client.keyObject(keys[0], in: place.space, at: at, follows: options.follow)
      try printer.show(keys[0], object: object, at: at, place.space, client)
    } else {
      try printer.stream(keys[0], at: at, place.space, client)
    }
  }

  private func revision() throws(ValidationError) -> Int64? {
    guard let at else { return nil }
    guard let number = Int64(at) else { throw ValidationError("With several keys, --at is a number such as 8123.") }
    return number
  }

  /// All of one revision, however many requests that takes.
  private func several(_ printer: ValuePrinter, _ client: BrokerClient) throws {
    var revision = try revision()
    var areAllThere = true
    for start in stride(from: 0, to: keys.count, by: BrokerClient.largestTransaction) {
      let part = Array(keys[start..<min(start + BrokerClient.largestTransaction, keys.count)])
      let answer = try client.readKeys(part, in: place.space, at: revision)
      revision = revision ?? answer["revision"]?.integer
      if options.json { Console.json(answer) }
      for item in answer["items"]?.array ?? [] {
        let key = item["key"]?.string ?? "?"
        guard item["exists"]?.bool == true else {
          areAllThere = false
          Console.note("\(key): there is no such key")
          continue
        }
        if options.json { continue }
        guard item["kind"]?.string != "directory" else {
          areAllThere = false
          Console.note("\(key): is a directory")
          continue
        }
        if let bytes = StoredValue.bytes(in: item) {
          printer.show(key, bytes)
        } else {
          try printer.stream(key, at: revision.map { String($0) }, place.space, client)
        }
      }
    }
    if !areAllThere { throw ExitCode.failure }
  }

  /// No value is printed that is not proved; a blob is too large to be held back, so it is judged at its end.
  private func proved(_ key: String, _ client: BrokerClient) throws {
    let object = try client.keyObject(key, in: place.space, at: at, follows: options.follow, withProof: true)
    let entry = try ProvedEntry(object)
    let trusted = root ?? entry.root
    guard entry.isProved(under: trusted) else {
      Console.note("\(key): the proof does NOT hold: this is not what stands under \(trusted)")
      throw ExitCode.failure
    }
    let printer = ValuePrinter(options: options, isOneOfSeveral: false)
    if case .blob(let digest) = entry.body, !options.json {
      let check = BlobPrinter(printer: printer, digest: digest)
      guard try check.show(entry, at: at, place.space, client) else {
        Console.note("\(key): the blob's bytes do NOT have the digest that was proved")
        throw ExitCode.failure
      }
    } else {
      try printer.show(key, object: object, at: at, place.space, client)
    }
    let led = entry.key == key ? "" : ", to which '\(key)' leads,"
    Console.note("proved: '\(entry.key)'\(led) holds this at revision \(entry.revision) under \(trusted)")
    if root == nil { Console.note("the broker itself gave that root; --root makes it one that you trust") }
  }
}

import APIClient
import ArgumentParser
import Vocabulary

struct KeyRootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "getroot",
    abstract: "Print a namespace's revision and root digest.",
    discussion: """
      The root digest stands for all that the namespace holds, the revisions of its keys included. Keep it, and \
      'sluice kvs get --proof --root' believes nothing else.

      EXAMPLES
        sluice kvs getroot
        ROOT=$(sluice kvs getroot -b)
      """)

  @Flag(name: [.customShort("s"), .customLong("sequence")], help: "Only the revision.")
  var sequence = false

  @Flag(name: [.customShort("b"), .customLong("blobref")], help: "Only the root digest.")
  var blobref = false

  @Flag(name: [.customShort("o"), .customLong("owner")], help: "Only the owner's name.")
  var owner = false

  @Flag(help: "Print them as JSON.")
  var json = false

  @OptionGroup(title: "Namespace") var place: KeySpaceOptions

  func validate() throws {
    if [sequence, blobref, owner, json].filter({ $0 }).count > 1 {
      throw ValidationError("-s, -b, -o and --json exclude each other.")
    }
  }

  func run() throws {
    let namespace = try place.client().namespace(place.space)
    if json {
      var object: JSONObject = [:]
      for name in ["name", "owner", "revision", "position", "root"] { object[name] = namespace[name] }
      return Console.json(.object(object))
    }
    if sequence { return Console.line(JobTable.text(namespace["revision"])) }
    if owner { return Console.line(JobTable.text(namespace["owner"])) }
    let root = JobTable.text(namespace["root"])
    Console.line(blobref ? root : "\(JobTable.text(namespace["revision"])) \(root)")
  }
}

import APIClient
import ArgumentParser
import JSONText
import Vocabulary

struct ResourceAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add resources beneath a vertex.",
    discussion: """
      A recipe says what to add, as compactly as what it makes: 'node=64/[socket=2/[core=16;gpu=2]]' is 64 nodes of two \
      sockets. '-' reads a fragment in the JSON Graph Format from standard input.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Argument(help: ArgumentHelp("The path of what is to hold it, such as /cluster0.", valueName: "parent"))
  var parent: String

  @Argument(help: ArgumentHelp("A recipe, or - for JGF on standard input.", valueName: "recipe"))
  var recipe: String

  func run() throws {
    var mutation: JSONObject = ["op": .string("add"), "parent": .string(parent)]
    if recipe == "-" {
      mutation["graph"] = try Self.fragment()
    } else {
      mutation["recipe"] = .string(recipe)
    }
    try options.change(try connection.client(), [.object(mutation)])
  }

  /// JGF on the standard input, with or without the object around it.
  private static func fragment() throws(ClientError) -> JSONValue {
    let text = try ByteSource(path: "-").allBytes(upTo: JSONLimits.graph.maximumBytes)
    do throws(JSONSyntaxError) {
      let document = try JSONText.parse(text, limits: .graph)
      return document["graph"] ?? document
    } catch {
      throw ClientError("The standard input is no JSON: line \(error.line), column \(error.column): \(error.reason)")
    }
  }
}

struct ResourceRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove vertices with what they hold.",
    discussion: """
      What is in use is refused with --mode=reject (the default). With drain it takes nothing new and goes when the last \
      job has left; with evict its jobs are told to leave at once, and wait again.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Option(help: ArgumentHelp("What becomes of jobs there: reject, drain or evict.", valueName: "mode"))
  var mode = "reject"

  @Argument(help: ArgumentHelp("Paths such as /cluster0/node3.", valueName: "path"))
  var paths: [String]

  func run() throws {
    let mutations = paths.map { path -> JSONValue in
      .object(["op": .string("remove"), "path": .string(path), "mode": .string(mode)])
    }
    try options.change(try connection.client(), mutations)
  }
}

struct ResourceSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Set a vertex's status, size or properties.",
    discussion: "KEY=VALUE and KEY set a property, KEY- removes it.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Option(help: ArgumentHelp("up or down.", valueName: "status"))
  var status: String?

  @Option(help: ArgumentHelp("How many units there are of it.", valueName: "size"))
  var size: Double?

  @Option(help: ArgumentHelp("true: it is never given out.", valueName: "flag"))
  var excluded: Bool?

  @Argument(help: ArgumentHelp("The vertex's path, such as /cluster0/node3.", valueName: "path"))
  var path: String

  @Argument(help: ArgumentHelp("KEY=VALUE, KEY, or KEY- to remove it.", valueName: "property"))
  var properties: [String] = []

  func validate() throws {
    if status == nil, size == nil, excluded == nil, properties.isEmpty {
      throw ValidationError("There is nothing to set; see 'sluice resource set --help'.")
    }
  }

  func run() throws {
    var mutations: [JSONValue] = []
    func add(_ operation: String, _ name: String, _ value: JSONValue) {
      mutations.append(.object(["op": .string(operation), "path": .string(path), name: value]))
    }
    if let status { add("set_status", "status", .string(status)) }
    if let size { add("resize", "size", .real(size)) }
    if let excluded { add("exclude", "excluded", .bool(excluded)) }
    if !properties.isEmpty { add("set_properties", "properties", .object(Self.object(properties))) }
    try options.change(try connection.client(), mutations)
  }

  private static func object(_ properties: [String]) -> JSONObject {
    var object: JSONObject = [:]
    for property in properties {
      if let equals = property.firstIndex(of: "=") {
        object[String(property[..<equals])] = .string(String(property[property.index(after: equals)...]))
      } else if property.hasSuffix("-") {
        object[String(property.dropLast())] = .some(.null)
      } else {
        object[property] = .string("")
      }
    }
    return object
  }
}

import APIClient
import ArgumentParser
import Vocabulary

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

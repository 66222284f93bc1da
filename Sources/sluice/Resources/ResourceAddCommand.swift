import APIClient
import ArgumentParser
import JSONText
import Vocabulary

struct ResourceAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add resources beneath a vertex.",
    discussion: """
      A recipe says what to add, as compactly as what it makes: 'node=64/[socket=2/[core=16;gpu=2]]' is 64 nodes of \
      two sockets. '-' reads a fragment in the JSON Graph Format from standard input.
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
